import { format as formats } from '@cfworker/json-schema';
import type { JsonObject, JsonValue } from '../json.ts';
import { LinearPattern } from './linear-pattern.ts';
import { ProblemList } from './problem-list.ts';

/** Steps that one value may take to be checked, some ten million in a second. Schemas can ask for any number. */
const MOST_STEPS = 5_000_000;
/** Schemas applied inside one another: levels of the value, and references and combinations between them. */
const MOST_DEPTH = 640;
/** References and combinations inside one another that are applied to the same value. More of them never end. */
const MOST_IN_PLACE = 256;
/** Characters of a text whose format is checked. */
const MOST_FORMATTED = 2048;

const TOO_DEEP = 'is nested too deep for its schema: make it flatter';

/** A place in a value, written out only where it is told. */
type Place = { readonly parent: Place; readonly key: string | number } | undefined;
/** The members of an object or list that a schema has dealt with, for `unevaluatedProperties` and `unevaluatedItems`. */
type Evaluated = Set<string | number>;

/** Thrown through the check when the bound is reached. */
class TooMuchWork extends Error {}

/** Checks values against one JSON Schema (draft 2020-12, and the lists of items and dependencies of older ones). */
export class JsonSchemaCheck {
  readonly #schema: JsonObject;
  readonly #lookup: Readonly<Record<string, unknown>>;
  readonly #patterns = new Map<string, LinearPattern>();
  readonly #texts = new WeakMap<object, ReadonlySet<string>>();
  #steps = 0;
  #depth = 0;
  /** The place that the innermost schema is applied to, and the schemas around it that are applied to the same. */
  #place: Place;
  #inPlace = 0;

  /** `lookup` is the schema's, as `dereference` gives it. */
  constructor(schema: JsonObject, lookup: Readonly<Record<string, unknown>>) {
    this.#schema = schema;
    this.#lookup = lookup;
  }

  /** Returns what is wrong with the value, in words; `undefined` when it fits. */
  problems(value: JsonValue): string | undefined {
    this.#steps = 0;
    this.#depth = 0;
    this.#place = undefined;
    this.#inPlace = 0;
    const problems = new ProblemList();
    try {
      return this.#apply(this.#schema, value, undefined, problems, new Set()) ? undefined : String(problems);
    } catch (thrown) {
      if (thrown instanceof TooMuchWork) return `the value ${thrown.message}`;
      // The caller's own stack was nearly full.
      if (thrown instanceof RangeError) return `the value ${TOO_DEEP}`;
      throw thrown;
    }
  }

  /** The compiled pattern. @throws {Error} when it is none, or has no bound. */
  pattern(source: string): LinearPattern {
    let pattern = this.#patterns.get(source);
    if (pattern === undefined) {
      pattern = new LinearPattern(source);
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }

  #spend = (steps: number): void => {
    this.#steps += steps;
    if (this.#steps > MOST_STEPS) throw new TooMuchWork('takes too much work to check: make it smaller');
  };

  #apply(schema: unknown, value: JsonValue, place: Place, out: ProblemList, evaluated: Evaluated): boolean {
    if (typeof schema === 'boolean') {
      if (!schema) out.add(() => `${written(place)}: is not allowed`);
      return schema;
    }
    this.#spend(10);
    this.#depth += 1;
    const outer = { place: this.#place, inPlace: this.#inPlace };
    this.#inPlace = outer.place === place ? outer.inPlace + 1 : 0;
    this.#place = place;
    if (this.#inPlace > MOST_IN_PLACE) throw new Error('its references have no end, or are too many in a row.');
    if (this.#depth > MOST_DEPTH) throw new TooMuchWork(TOO_DEEP);
    const before = out.total;
    const keywords = schema as JsonObject;
    this.#applyInPlace(keywords, value, place, out, evaluated);
    this.#checkValue(keywords, value, place, out);
    if (typeof value === 'string') this.#checkString(keywords, value, place, out);
    else if (typeof value === 'number') checkNumber(keywords, value, place, out);
    else if (Array.isArray(value)) this.#checkList(keywords, value, place, out, evaluated);
    else if (isObject(value)) this.#checkObject(keywords, value, place, out, evaluated);
    this.#depth -= 1;
    this.#place = outer.place;
    this.#inPlace = outer.inPlace;
    return out.total === before;
  }

  /** Applies what a schema says by other schemas of the same value. */
  #applyInPlace(schema: JsonObject, value: JsonValue, place: Place, out: ProblemList, evaluated: Evaluated): void {
    for (const reference of ['$ref', '$recursiveRef']) {
      if (schema[reference] === undefined) continue;
      const address: unknown = Reflect.get(
        schema,
        reference === '$ref' ? '__absolute_ref__' : '__absolute_recursive_ref__',
      );
      const target = this.#lookup[String(address)];
      if (target === undefined) throw new Error(`${JSON.stringify(schema[reference])} refers to nothing in it.`);
      this.#applyTo(target, value, place, out, evaluated);
    }
    const { allOf, anyOf, oneOf, not, dependentSchemas } = schema;
    for (const part of list(allOf)) this.#applyTo(part, value, place, out, evaluated);
    if (anyOf !== undefined) {
      const { fitting, problems } = this.#tryEach(list(anyOf), value, place, evaluated);
      if (fitting === 0) {
        out.addAll(problems);
        if (problems.total === 0) out.add(() => `${written(place)}: fits none of the schemas of anyOf`);
      }
    }
    if (oneOf !== undefined) {
      const { fitting, problems } = this.#tryEach(list(oneOf), value, place, evaluated);
      if (fitting === 0) out.addAll(problems);
      if (fitting !== 1)
        out.add(() => `${written(place)}: Instance does not match exactly one subschema (${fitting} matches).`);
    }
    if (not !== undefined && this.#apply(not, value, place, new ProblemList(), new Set())) {
      out.add(() => `${written(place)}: Instance matched "not" schema.`);
    }
    if (schema['if'] !== undefined) {
      const holds = this.#applyTo(schema['if'], value, place, new ProblemList(), evaluated);
      const branch = schema[holds ? 'then' : 'else'];
      if (branch !== undefined) this.#applyTo(branch, value, place, out, evaluated);
    }
    if (!isObject(value)) return;
    for (const [key, part] of Object.entries(dependentSchemas ?? {})) {
      if (Object.hasOwn(value, key)) this.#applyTo(part, value, place, out, evaluated);
    }
  }

  /** Applies a schema to the same value. It does not see what others have evaluated. */
  #applyTo(schema: unknown, value: JsonValue, place: Place, out: ProblemList, evaluated: Evaluated): boolean {
    const own: Evaluated = new Set();
    const fits = this.#apply(schema, value, place, out, own);
    if (fits) for (const key of own) evaluated.add(key);
    return fits;
  }

  #tryEach(
    parts: readonly JsonValue[],
    value: JsonValue,
    place: Place,
    evaluated: Evaluated,
  ): { readonly fitting: number; readonly problems: ProblemList } {
    const problems = new ProblemList();
    let fitting = 0;
    for (const part of parts) {
      const own = new ProblemList();
      if (this.#applyTo(part, value, place, own, evaluated)) fitting += 1;
      else problems.addAll(own);
    }
    return { fitting, problems };
  }

  #checkValue(schema: JsonObject, value: JsonValue, place: Place, out: ProblemList): void {
    const { type, const: constant, enum: options } = schema;
    if (type !== undefined && !(Array.isArray(type) ? type : [type]).some(name => isOfType(value, name))) {
      const wanted = Array.isArray(type) ? type.join('", "') : type;
      out.add(() => `${written(place)}: Instance type "${typeOf(value)}" is invalid. Expected "${wanted}".`);
    }
    if (constant !== undefined && !this.#isOneOf(value, [constant], schema)) {
      out.add(() => `${written(place)}: Instance does not match ${JSON.stringify(constant)}.`);
    }
    if (options !== undefined && !this.#isOneOf(value, list(options), options)) {
      out.add(() => `${written(place)}: Instance does not match any of ${JSON.stringify(options)}.`);
    }
  }

  #isOneOf(value: JsonValue, options: readonly JsonValue[], key: JsonValue): boolean {
    // `key` is the part of the schema that holds the options: they are written once.
    let texts = isObject(key) || Array.isArray(key) ? this.#texts.get(key) : undefined;
    if (texts === undefined) {
      texts = new Set(options.map(canonical));
      if (typeof key === 'object' && key !== null) this.#texts.set(key, texts);
    }
    return texts.has(this.#canonical(value));
  }

  #canonical(value: JsonValue): string {
    const text = canonical(value);
    this.#spend(Math.ceil(text.length / 4));
    return text;
  }

  #checkString(schema: JsonObject, value: string, place: Place, out: ProblemList): void {
    const { minLength, maxLength, pattern, format } = schema;
    if (minLength !== undefined || maxLength !== undefined) {
      let length = 0;
      for (const _ of value) length += 1;
      if (length < Number(minLength ?? 0))
        out.add(() => `${written(place)}: String is too short (${length} < ${minLength}).`);
      if (length > Number(maxLength ?? Infinity))
        out.add(() => `${written(place)}: String is too long (${length} > ${maxLength}).`);
    }
    if (typeof pattern === 'string' && !this.pattern(pattern).test(value, this.#spend)) {
      out.add(() => `${written(place)}: String does not match pattern ${pattern}.`);
    }
    if (typeof format === 'string' && Object.hasOwn(formats, format)) {
      if (value.length > MOST_FORMATTED) {
        out.add(
          () => `${written(place)}: String is too long for format "${format}" (${value.length} > ${MOST_FORMATTED}).`,
        );
      } else if (!hasFormat(value, format)) {
        out.add(() => `${written(place)}: String does not match format "${format}".`);
      }
    }
  }

  #checkList(
    schema: JsonObject,
    value: readonly JsonValue[],
    place: Place,
    out: ProblemList,
    evaluated: Evaluated,
  ): void {
    const { items, prefixItems, additionalItems, contains, minContains, maxContains, unevaluatedItems } = schema;
    const { minItems, maxItems, uniqueItems } = schema;
    const { length } = value;
    if (length > Number(maxItems ?? Infinity))
      out.add(() => `${written(place)}: Array has too many items (${length} > ${maxItems}).`);
    if (length < Number(minItems ?? 0))
      out.add(() => `${written(place)}: Array has too few items (${length} < ${minItems}).`);
    const first = [...list(prefixItems), ...(Array.isArray(items) ? items : [])];
    const others = Array.isArray(items) ? additionalItems : items;
    for (const [index, item] of value.entries()) {
      const part = index < first.length ? first[index] : others;
      if (part === undefined) break;
      evaluated.add(index);
      this.#apply(part, item, { parent: place, key: index }, out, new Set());
    }
    if (contains !== undefined) {
      let contained = 0;
      for (const [index, item] of value.entries()) {
        if (!this.#apply(contains, item, { parent: place, key: index }, new ProblemList(), new Set())) continue;
        contained += 1;
        evaluated.add(index);
      }
      const least = Number(minContains ?? 1);
      if (contained < least || contained > Number(maxContains ?? Infinity)) {
        const bounds = `at least ${least}${maxContains === undefined ? '' : ` and at most ${maxContains}`}`;
        out.add(
          () => `${written(place)}: Array must contain ${bounds} items matching schema. ${contained} items were found.`,
        );
      }
    }
    if (unevaluatedItems !== undefined) {
      for (const [index, item] of value.entries()) {
        if (evaluated.has(index)) continue;
        evaluated.add(index);
        this.#apply(unevaluatedItems, item, { parent: place, key: index }, out, new Set());
      }
    }
    if (uniqueItems === true) this.#checkUnique(value, place, out);
  }

  #checkUnique(value: readonly JsonValue[], place: Place, out: ProblemList): void {
    const seen = new Map<string, number>();
    for (const [index, item] of value.entries()) {
      const text = this.#canonical(item);
      const earlier = seen.get(text);
      if (earlier !== undefined) {
        out.add(() => `${written(place)}: Duplicate items at indexes ${earlier} and ${index}.`);
        return;
      }
      seen.set(text, index);
    }
  }

  #checkObject(schema: JsonObject, value: JsonObject, place: Place, out: ProblemList, evaluated: Evaluated): void {
    const { required, minProperties, maxProperties, propertyNames, dependentRequired, dependencies } = schema;
    const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema;
    const keys = Object.keys(value);
    this.#spend(keys.length + list(required).length);
    const inside = (key: string): Place => ({ parent: place, key });
    for (const key of list(required)) {
      if (typeof key !== 'string' || Object.hasOwn(value, key)) continue;
      out.add(() => `${written(place)}: Instance does not have required property "${key}".`);
    }
    if (keys.length < Number(minProperties ?? 0)) {
      out.add(() => `${written(place)}: Instance does not have at least ${minProperties} properties.`);
    }
    if (keys.length > Number(maxProperties ?? Infinity)) {
      out.add(() => `${written(place)}: Instance has more than ${maxProperties} properties.`);
    }
    if (propertyNames !== undefined) {
      for (const key of keys) this.#apply(propertyNames, key, inside(key), out, new Set());
    }
    for (const [key, needed] of [...Object.entries(dependentRequired ?? {}), ...Object.entries(dependencies ?? {})]) {
      if (!Object.hasOwn(value, key)) continue;
      if (!Array.isArray(needed)) this.#apply(needed, value, place, out, new Set());
      for (const other of list(needed)) {
        this.#spend(1);
        if (typeof other === 'string' && !Object.hasOwn(value, other)) {
          out.add(() => `${written(place)}: Instance has "${key}" but does not have "${other}".`);
        }
      }
    }
    const patterns = Object.entries(patternProperties ?? {}).map(
      ([source, part]) => [this.pattern(source), part] as const,
    );
    const named = isObject(properties) ? properties : {};
    for (const key of keys) {
      const member = value[key] ?? null;
      let known = false;
      const apply = (part: JsonValue | undefined): void => {
        if (part === undefined) return;
        known = true;
        evaluated.add(key);
        this.#apply(part, member, inside(key), out, new Set());
      };
      if (Object.hasOwn(named, key)) apply(named[key]);
      for (const [pattern, part] of patterns) if (pattern.test(key, this.#spend)) apply(part);
      if (!known) apply(additionalProperties);
    }
    if (unevaluatedProperties === undefined) return;
    for (const key of keys) {
      if (evaluated.has(key)) continue;
      evaluated.add(key);
      this.#apply(unevaluatedProperties, value[key] ?? null, inside(key), out, new Set());
    }
  }
}

function checkNumber(schema: JsonObject, value: number, place: Place, out: ProblemList): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === 'number' && value < minimum)
    out.add(() => `${written(place)}: ${value} is less than ${minimum}.`);
  if (typeof maximum === 'number' && value > maximum)
    out.add(() => `${written(place)}: ${value} is greater than ${maximum}.`);
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) {
    out.add(() => `${written(place)}: ${value} is less than or equal to ${exclusiveMinimum}.`);
  }
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) {
    out.add(() => `${written(place)}: ${value} is greater than or equal to ${exclusiveMaximum}.`);
  }
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf)) {
    out.add(() => `${written(place)}: ${value} is not a multiple of ${multipleOf}.`);
  }
}

/** Compares decimals as they are written: in binary, 0.3 is no multiple of 0.1. */
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
  // The pattern for it takes exponential time.
  if (name === 'url') return /^(?:https?|ftp):\/\//i.test(value) && URL.canParse(value);
  const test: unknown = Reflect.get(formats, name);
  return typeof test !== 'function' || Boolean(test(value));
}

/** Writes a value so that equal values have equal texts: members in the order of their names. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map(key => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

function isOfType(value: JsonValue, type: JsonValue): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The place as a JSON Pointer without its first slash. */
function written(place: Place): string {
  const keys: string[] = [];
  for (let at = place; at !== undefined; at = at.parent)
    keys.push(String(at.key).replace(/~/g, '~0').replace(/\//g, '~1'));
  return keys.length === 0 ? 'the value' : keys.reverse().join('/');
}
