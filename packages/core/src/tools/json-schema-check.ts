import type { JsonObject, JsonValue } from '../json.ts';
import { isObject, JsonSchemaAssertions, list, type Place, ProblemList } from './json-schema-assertions.ts';

/** Maximum number of steps for one value, about half a second. A schema can require any number. */
const MAX_STEPS = 5_000_000;
/** Maximum nesting depth of schemas: levels of the value, and references and combinations between them. */
const MAX_DEPTH = 640;
/** Maximum nesting depth of references and combinations for the same value. Deeper nesting is treated as endless. */
const MAX_IN_PLACE_DEPTH = 256;

const TOO_DEEP = 'is nested too deep for its schema: make it flatter';

/** Members of an object or list that a schema has evaluated, for `unevaluatedProperties` and `unevaluatedItems`. */
type Evaluated = Set<string | number>;

/** Thrown to abort the check when a limit is reached. */
class CheckLimitError extends Error {}

/**
 * Checks values against one JSON Schema: draft 2020-12, and `items` lists and `dependencies` of older drafts. This class
 * applies subschemas; `JsonSchemaAssertions` checks the other keywords.
 */
export class JsonSchemaCheck {
  readonly #schema: JsonObject;
  readonly #lookup: Readonly<Record<string, unknown>>;
  readonly #assertions = new JsonSchemaAssertions(steps => this.#spend(steps));
  #steps = 0;
  #depth = 0;
  /** The place of the innermost schema. */
  #place: Place;
  /** The number of schemas around the innermost one that apply to the same place. */
  #inPlaceDepth = 0;

  /** `lookup` is the result of `dereference` for the schema. */
  constructor(schema: JsonObject, lookup: Readonly<Record<string, unknown>>) {
    this.#schema = schema;
    this.#lookup = lookup;
  }

  /** Returns a description of the problems of a value, or undefined if it is valid. */
  problems(value: JsonValue): string | undefined {
    this.#steps = 0;
    this.#depth = 0;
    this.#place = undefined;
    this.#inPlaceDepth = 0;
    const problems = new ProblemList();
    try {
      return this.#apply(this.#schema, value, undefined, problems, new Set()) ? undefined : String(problems);
    } catch (thrown) {
      if (thrown instanceof CheckLimitError) return `the value ${thrown.message}`;
      // The stack was nearly full before the check.
      if (thrown instanceof RangeError) return `the value ${TOO_DEEP}`;
      throw thrown;
    }
  }

  /** Compiles a pattern. @throws {Error} if it is invalid or cannot be matched in bounded time. */
  checkPattern(source: string): void {
    this.#assertions.pattern(source);
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw new CheckLimitError('takes too much work to check: make it smaller');
  }

  #apply(schema: unknown, value: JsonValue, place: Place, problems: ProblemList, evaluated: Evaluated): boolean {
    if (typeof schema === 'boolean') {
      if (!schema) problems.addAt(place, () => 'is not allowed');
      return schema;
    }
    this.#spend(10);
    this.#depth += 1;
    const outer = { place: this.#place, inPlaceDepth: this.#inPlaceDepth };
    this.#inPlaceDepth = outer.place === place ? outer.inPlaceDepth + 1 : 0;
    this.#place = place;
    if (this.#inPlaceDepth > MAX_IN_PLACE_DEPTH) throw new Error('its references are endless, or nested too deep.');
    if (this.#depth > MAX_DEPTH) throw new CheckLimitError(TOO_DEEP);
    const before = problems.total;
    const keywords = schema as JsonObject;
    // In OpenAPI 3.0, this flag allows null beside what the schema allows.
    const isNullable = value === null && keywords['nullable'] === true;
    if (!isNullable) this.#applyInPlace(keywords, value, place, problems, evaluated);
    if (!isNullable) this.#assertions.check(keywords, value, place, problems);
    if (Array.isArray(value)) this.#applyToItems(keywords, value, place, problems, evaluated);
    else if (isObject(value)) this.#applyToProperties(keywords, value, place, problems, evaluated);
    this.#depth -= 1;
    this.#place = outer.place;
    this.#inPlaceDepth = outer.inPlaceDepth;
    return problems.total === before;
  }

  /** Applies the subschemas that apply to the same value. */
  #applyInPlace(schema: JsonObject, value: JsonValue, place: Place, problems: ProblemList, evaluated: Evaluated): void {
    for (const reference of ['$ref', '$recursiveRef']) {
      if (schema[reference] === undefined) continue;
      const address: unknown = Reflect.get(
        schema,
        reference === '$ref' ? '__absolute_ref__' : '__absolute_recursive_ref__',
      );
      const target = this.#lookup[String(address)];
      if (target === undefined) throw new Error(`${JSON.stringify(schema[reference])} has no target in the schema.`);
      this.#applyTo(target, value, place, problems, evaluated);
    }
    const { allOf, anyOf, oneOf, not, dependentSchemas } = schema;
    for (const part of list(allOf)) this.#applyTo(part, value, place, problems, evaluated);
    if (anyOf !== undefined) {
      const branches = this.#tryEach(list(anyOf), value, place, evaluated);
      if (branches.matches === 0) {
        problems.addAll(branches.problems);
        if (branches.problems.total === 0) problems.addAt(place, () => 'fits none of the schemas of anyOf');
      }
    }
    let { unchecked } = this.#assertions;
    if (oneOf !== undefined) {
      const { matches, problems: branchProblems } = this.#tryEach(list(oneOf), value, place, evaluated);
      if (matches === 0) problems.addAll(branchProblems);
      // More than one may match if something in them was not checked.
      if (matches === 0 || (matches > 1 && this.#assertions.unchecked === unchecked))
        problems.addAt(place, () => `Instance does not match exactly one subschema (${matches} matches).`);
    }
    unchecked = this.#assertions.unchecked;
    const matchesNot = not !== undefined && this.#apply(not, value, place, new ProblemList(), new Set());
    if (matchesNot && this.#assertions.unchecked === unchecked) {
      problems.addAt(place, () => 'Instance matched "not" schema.');
    }
    if (schema['if'] !== undefined) {
      const holds = this.#applyTo(schema['if'], value, place, new ProblemList(), evaluated);
      const branch = schema[holds ? 'then' : 'else'];
      if (branch !== undefined) this.#applyTo(branch, value, place, problems, evaluated);
    }
    if (!isObject(value)) return;
    for (const [key, part] of Object.entries(dependentSchemas ?? {})) {
      if (Object.hasOwn(value, key)) this.#applyTo(part, value, place, problems, evaluated);
    }
  }

  /** Applies a subschema to the same value. It does not see the members that others have evaluated. */
  #applyTo(schema: unknown, value: JsonValue, place: Place, problems: ProblemList, evaluated: Evaluated): boolean {
    const own: Evaluated = new Set();
    const fits = this.#apply(schema, value, place, problems, own);
    if (fits) for (const key of own) evaluated.add(key);
    return fits;
  }

  #tryEach(
    parts: readonly JsonValue[],
    value: JsonValue,
    place: Place,
    evaluated: Evaluated,
  ): { readonly matches: number; readonly problems: ProblemList } {
    const problems = new ProblemList();
    let matches = 0;
    for (const part of parts) {
      const own = new ProblemList();
      if (this.#applyTo(part, value, place, own, evaluated)) matches += 1;
      else problems.addAll(own);
    }
    return { matches, problems };
  }

  #applyToItems(
    schema: JsonObject,
    value: readonly JsonValue[],
    place: Place,
    problems: ProblemList,
    evaluated: Evaluated,
  ): void {
    const { items, prefixItems, additionalItems, contains, minContains, maxContains, unevaluatedItems, uniqueItems } =
      schema;
    const first = [...list(prefixItems), ...(Array.isArray(items) ? items : [])];
    const others = Array.isArray(items) ? additionalItems : items;
    for (const [index, item] of value.entries()) {
      const part = index < first.length ? first[index] : others;
      if (part === undefined) break;
      evaluated.add(index);
      this.#apply(part, item, { parent: place, key: index }, problems, new Set());
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
        problems.addAt(
          place,
          () => `Array must contain ${bounds} items matching schema. ${contained} items were found.`,
        );
      }
    }
    if (unevaluatedItems !== undefined) {
      for (const [index, item] of value.entries()) {
        if (evaluated.has(index)) continue;
        evaluated.add(index);
        this.#apply(unevaluatedItems, item, { parent: place, key: index }, problems, new Set());
      }
    }
    if (uniqueItems === true) this.#assertions.checkUnique(value, place, problems);
  }

  #applyToProperties(
    schema: JsonObject,
    value: JsonObject,
    place: Place,
    problems: ProblemList,
    evaluated: Evaluated,
  ): void {
    const { propertyNames, dependentRequired, dependencies } = schema;
    const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema;
    const keys = Object.keys(value);
    const inside = (key: string): Place => ({ parent: place, key });
    if (propertyNames !== undefined) {
      for (const key of keys) this.#apply(propertyNames, key, inside(key), problems, new Set());
    }
    for (const [key, needed] of [...Object.entries(dependentRequired ?? {}), ...Object.entries(dependencies ?? {})]) {
      if (!Object.hasOwn(value, key)) continue;
      if (!Array.isArray(needed)) this.#apply(needed, value, place, problems, new Set());
      for (const other of list(needed)) {
        this.#spend(1);
        if (typeof other === 'string' && !Object.hasOwn(value, other)) {
          problems.addAt(place, () => `Instance has "${key}" but does not have "${other}".`);
        }
      }
    }
    const patterns = Object.entries(patternProperties ?? {}).map(
      ([source, part]) => [this.#assertions.pattern(source), part] as const,
    );
    const named = isObject(properties) ? properties : {};
    for (const key of keys) {
      const member = value[key] ?? null;
      let known = false;
      const apply = (part: JsonValue | undefined): void => {
        if (part === undefined) return;
        known = true;
        evaluated.add(key);
        this.#apply(part, member, inside(key), problems, new Set());
      };
      if (Object.hasOwn(named, key)) apply(named[key]);
      for (const [pattern, part] of patterns) {
        // A name may match a pattern in another syntax: it is neither checked by its schema nor refused as unknown.
        if (pattern === undefined) evaluated.add(key);
        else if (this.#assertions.matches(pattern, key)) apply(part);
      }
      if (!known && !patterns.some(([pattern]) => pattern === undefined)) apply(additionalProperties);
    }
    if (unevaluatedProperties === undefined) return;
    for (const key of keys) {
      if (evaluated.has(key)) continue;
      evaluated.add(key);
      this.#apply(unevaluatedProperties, value[key] ?? null, inside(key), problems, new Set());
    }
  }
}
