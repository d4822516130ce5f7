import { format as formats } from '@cfworker/json-schema';
import type { JsonObject, JsonValue } from '../json.ts';
import { excerpt } from '../messages/printable.ts';
import { compilePattern, type LinearPattern } from './linear-pattern.ts';

/** Maximum length of a string whose format is checked, in characters. */
const MAX_FORMAT_LENGTH = 2048;

/** A place in a value. It is formatted only if a problem there is described. */
export type Place = { readonly parent: Place; readonly key: string | number } | undefined;

/** Checks the keywords of a JSON Schema that contain no subschemas, such as `type`, `pattern` and `required`. */
export class JsonSchemaAssertions {
  readonly #spend: (steps: number) => void;
  readonly #patterns = new Map<string, LinearPattern | undefined>();
  /** Number of assertions that were not checked, because their pattern is in another syntax. */
  unchecked = 0;
  readonly #optionTexts = new WeakMap<object, ReadonlySet<string>>();

  /** Creates a check that calls `spend` with the number of steps that it takes. */
  constructor(spend: (steps: number) => void) {
    this.#spend = spend;
  }

  /** Checks all keywords but `uniqueItems`, whose problem is reported after those of the items. */
  check(schema: JsonObject, value: JsonValue, place: Place, problems: ProblemList): void {
    this.#checkValue(schema, value, place, problems);
    if (typeof value === 'string') this.#checkString(schema, value, place, problems);
    else if (typeof value === 'number') checkNumber(schema, value, place, problems);
    else if (Array.isArray(value)) checkLength(schema, value, place, problems);
    else if (isObject(value)) this.#checkKeys(schema, value, place, problems);
  }

  /** Checks `uniqueItems`. */
  checkUnique(value: readonly JsonValue[], place: Place, problems: ProblemList): void {
    const seen = new Map<string, number>();
    for (const [index, item] of value.entries()) {
      const text = this.#canonical(item);
      const earlier = seen.get(text);
      if (earlier !== undefined) {
        problems.addAt(place, () => `Duplicate items at indexes ${earlier} and ${index}.`);
        return;
      }
      seen.set(text, index);
    }
  }

  /**
   * Returns the compiled pattern, or undefined if it is in another syntax.
   *
   * @throws {Error} if it is invalid or cannot be matched in bounded time.
   */
  pattern(source: string): LinearPattern | undefined {
    if (!this.#patterns.has(source)) this.#patterns.set(source, compilePattern(source));
    return this.#patterns.get(source);
  }

  /** Returns true if the text contains a match of the pattern, or if the pattern is in another syntax. */
  matches(pattern: LinearPattern | undefined, text: string): boolean {
    if (pattern !== undefined) return pattern.test(text, this.#spend);
    this.unchecked += 1;
    return true;
  }

  #checkValue(schema: JsonObject, value: JsonValue, place: Place, problems: ProblemList): void {
    const { type, const: constant, enum: options } = schema;
    if (type !== undefined && !(Array.isArray(type) ? type : [type]).some(name => isOfType(value, name))) {
      const wanted = Array.isArray(type) ? type.join('", "') : type;
      problems.addAt(place, () => `Instance type "${typeOf(value)}" is invalid. Expected "${wanted}".`);
    }
    if (constant !== undefined && !this.#isOneOf(value, [constant], schema)) {
      problems.addAt(place, () => `Instance does not match ${JSON.stringify(constant)}.`);
    }
    if (options !== undefined && !this.#isOneOf(value, list(options), options)) {
      problems.addAt(place, () => `Instance does not match any of ${JSON.stringify(options)}.`);
    }
  }

  #isOneOf(value: JsonValue, options: readonly JsonValue[], key: JsonValue): boolean {
    // The texts of the options are cached by the part of the schema that contains them.
    let texts = isObject(key) || Array.isArray(key) ? this.#optionTexts.get(key) : undefined;
    if (texts === undefined) {
      texts = new Set(options.map(canonicalJson));
      if (typeof key === 'object' && key !== null) this.#optionTexts.set(key, texts);
    }
    return texts.has(this.#canonical(value));
  }

  #canonical(value: JsonValue): string {
    const text = canonicalJson(value);
    this.#spend(Math.ceil(text.length / 4));
    return text;
  }

  #checkString(schema: JsonObject, value: string, place: Place, problems: ProblemList): void {
    const { minLength, maxLength, pattern, format } = schema;
    if (minLength !== undefined || maxLength !== undefined) {
      let length = 0;
      for (const _ of value) length += 1;
      if (length < Number(minLength ?? 0))
        problems.addAt(place, () => `String is too short (${length} < ${minLength}).`);
      if (length > Number(maxLength ?? Infinity))
        problems.addAt(place, () => `String is too long (${length} > ${maxLength}).`);
    }
    if (typeof pattern === 'string' && !this.matches(this.pattern(pattern), value)) {
      problems.addAt(place, () => `String does not match pattern ${pattern}.`);
    }
    if (typeof format === 'string' && Object.hasOwn(formats, format)) {
      if (value.length > MAX_FORMAT_LENGTH) {
        problems.addAt(
          place,
          () => `String is too long for format "${format}" (${value.length} > ${MAX_FORMAT_LENGTH}).`,
        );
      } else if (!hasFormat(value, format)) {
        problems.addAt(place, () => `String does not match format "${format}".`);
      }
    }
  }

  #checkKeys(schema: JsonObject, value: JsonObject, place: Place, problems: ProblemList): void {
    const { required, minProperties, maxProperties } = schema;
    const { length } = Object.keys(value);
    this.#spend(length + list(required).length);
    for (const key of list(required)) {
      if (typeof key !== 'string' || Object.hasOwn(value, key)) continue;
      problems.addAt(place, () => `Instance does not have required property "${key}".`);
    }
    if (length < Number(minProperties ?? 0)) {
      problems.addAt(place, () => `Instance does not have at least ${minProperties} properties.`);
    }
    if (length > Number(maxProperties ?? Infinity)) {
      problems.addAt(place, () => `Instance has more than ${maxProperties} properties.`);
    }
  }
}

function checkLength(schema: JsonObject, value: readonly JsonValue[], place: Place, problems: ProblemList): void {
  const { minItems, maxItems } = schema;
  const { length } = value;
  if (length > Number(maxItems ?? Infinity))
    problems.addAt(place, () => `Array has too many items (${length} > ${maxItems}).`);
  if (length < Number(minItems ?? 0)) problems.addAt(place, () => `Array has too few items (${length} < ${minItems}).`);
}

function checkNumber(schema: JsonObject, value: number, place: Place, problems: ProblemList): void {
  const { minimum, maximum, multipleOf } = schema;
  // In draft 4, and in OpenAPI 3.0, they are flags.
  const exclusiveMinimum = schema['exclusiveMinimum'] === true ? minimum : schema['exclusiveMinimum'];
  const exclusiveMaximum = schema['exclusiveMaximum'] === true ? maximum : schema['exclusiveMaximum'];
  if (typeof minimum === 'number' && value < minimum) problems.addAt(place, () => `${value} is less than ${minimum}.`);
  if (typeof maximum === 'number' && value > maximum)
    problems.addAt(place, () => `${value} is greater than ${maximum}.`);
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) {
    problems.addAt(place, () => `${value} is less than or equal to ${exclusiveMinimum}.`);
  }
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) {
    problems.addAt(place, () => `${value} is greater than or equal to ${exclusiveMaximum}.`);
  }
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf)) {
    problems.addAt(place, () => `${value} is not a multiple of ${multipleOf}.`);
  }
}

/** Compares decimal digits: in binary, 0.3 is not a multiple of 0.1. */
function isMultiple(value: number, divisor: number): boolean {
  if (!(divisor > 0)) return false;
  const [digits, exponent] = decimal(value);
  const [divisorDigits, divisorExponent] = decimal(divisor);
  const shift = exponent - divisorExponent;
  return shift >= 0
    ? (digits * 10n ** BigInt(shift)) % divisorDigits === 0n
    : digits % (divisorDigits * 10n ** BigInt(-shift)) === 0n;
}

function decimal(value: number): readonly [digits: bigint, exponent: number] {
  const [coefficient = '0', exponent = '0'] = String(Math.abs(value)).split('e');
  const [whole = '0', fraction = ''] = coefficient.split('.');
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}

function hasFormat(value: string, name: string): boolean {
  // The package's pattern for this format takes exponential time.
  if (name === 'url') return /^(?:https?|ftp):\/\//i.test(value) && URL.canParse(value);
  const test: unknown = Reflect.get(formats, name);
  return typeof test !== 'function' || Boolean(test(value));
}

/** Returns the canonical JSON of a value, with sorted members: equal values have equal texts. */
function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map(key => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
}

const TYPES: ReadonlySet<JsonValue> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** Returns true if the value has the type, or if the type is a word of another language for schemas, such as "any". */
function isOfType(value: JsonValue, type: JsonValue): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type || !TYPES.has(type);
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Returns true if the value is an object other than a list. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a list keyword of a schema. A keyword that is absent or invalid counts as empty. */
export function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the place as a JSON Pointer without its first slash. */
function formatPlace(place: Place): string {
  const keys: string[] = [];
  for (let at = place; at !== undefined; at = at.parent)
    keys.push(String(at.key).replace(/~/g, '~0').replace(/\//g, '~1'));
  return keys.length === 0 ? 'the value' : keys.reverse().join('/');
}

/** Maximum number of described problems. A model needs only a few to correct all of them. */
const MAX_DESCRIBED = 8;
/** Maximum length of one problem, in characters: it can quote words and values of any length. */
const MAX_PROBLEM_LENGTH = 300;

/** The problems of a value. The first few are described, the others counted. */
export class ProblemList {
  /** The number of problems added, including equal ones. */
  total = 0;
  readonly #descriptions = new Set<string>();
  #others = 0;

  /** Adds a problem. `describe` is called only if the problem is described. */
  add(describe: () => string): void {
    this.total += 1;
    if (this.#descriptions.size >= MAX_DESCRIBED) this.#others += 1;
    else this.#descriptions.add(excerpt(describe(), MAX_PROBLEM_LENGTH));
  }

  /** Adds a problem at a place in the value. */
  addAt(place: Place, describe: () => string): void {
    this.add(() => `${formatPlace(place)}: ${describe()}`);
  }

  /** Adds the problems of another list. */
  addAll(list: ProblemList): void {
    for (const text of list.#descriptions) this.add(() => text);
    this.#others += list.#others;
    this.total += list.#others;
  }

  /** Returns the problems as one sentence without a full stop. */
  toString(): string {
    const described = [...this.#descriptions].join('; ');
    if (this.#others > 0) return `${described}; and ${this.#others} more`;
    return described.endsWith('.') ? described.slice(0, -1) : described;
  }
}
