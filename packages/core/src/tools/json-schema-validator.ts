import { dereference } from '@cfworker/json-schema';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import type { JsonObject } from '../json.ts';
import { JsonSchemaCheck } from './json-schema-check.ts';

/** What holds a schema, a list of schemas, or schemas by name. All else is an annotation, or counts where it is referred to. */
const ONE: readonly string[] =
  'items additionalItems unevaluatedItems contains additionalProperties unevaluatedProperties propertyNames not if then else'.split(
    ' ',
  );
const LISTS: readonly string[] = ['items', 'prefixItems', 'allOf', 'anyOf', 'oneOf'];
const NAMED: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies'];

/**
 * Makes the check of a JSON Schema.
 *
 * @throws {ConfigurationError} for a schema that no value could be checked with, naming `what`.
 */
export function makeValidator(jsonSchema: JsonObject, what: string): JsonSchemaCheck {
  try {
    // References are noted in it.
    const schema = structuredClone(jsonSchema);
    const lookup = dereference(schema);
    const check = new JsonSchemaCheck(schema, lookup);
    checkParts(schema, lookup, check);
    // A schema that refers to itself without end is found with any value.
    check.problems({});
    return check;
  } catch (cause) {
    throw new ConfigurationError(`${what} is not a usable JSON Schema: ${thrownText(cause)}`, { cause });
  }
}

/** Looks for what the check meets only with a value that leads there: references to nowhere, and bad patterns. */
function checkParts(schema: JsonObject, lookup: Readonly<Record<string, unknown>>, check: JsonSchemaCheck): void {
  const seen = new Set<unknown>();
  const pending: { readonly part: unknown; readonly where: string }[] = [{ part: schema, where: 'The schema' }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { part, where } = next;
    if (typeof part === 'boolean' || seen.has(part)) continue;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) {
      throw new Error(`${where} is neither an object nor a boolean.`);
    }
    seen.add(part);
    const target = checkSchema(part, lookup, check);
    if (target !== undefined) pending.push({ part: target, where: `What ${where} refers to` });
    for (const [path, inner] of subschemas(part)) {
      pending.push({ part: inner, where: where === 'The schema' ? path : `${where}/${path}` });
    }
  }
}

/** The schemas that a schema applies, each with its place. */
function* subschemas(schema: object): Iterable<readonly [path: string, schema: unknown]> {
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(schema));
  for (const key of ONE) {
    const inner = fields.get(key);
    if (inner !== undefined && !(LISTS.includes(key) && Array.isArray(inner))) yield [key, inner];
  }
  for (const key of LISTS) {
    const list = fields.get(key);
    if (Array.isArray(list)) for (const [index, inner] of list.entries()) yield [`${key}/${index}`, inner];
  }
  for (const key of NAMED) {
    for (const [name, inner] of Object.entries(Object(fields.get(key)))) {
      // Of `dependencies`, a list names other properties.
      if (!(key === 'dependencies' && Array.isArray(inner))) yield [`${key}/${name}`, inner];
    }
  }
}

/** Checks one schema by itself. Gives what it refers to. */
function checkSchema(schema: object, lookup: Readonly<Record<string, unknown>>, check: JsonSchemaCheck): unknown {
  const { pattern, patternProperties, $ref } = schema as JsonObject;
  if (typeof pattern === 'string') check.pattern(pattern);
  for (const name of Object.keys(patternProperties ?? {})) check.pattern(name);
  // The validator's note of the reference, as a whole address.
  const address: unknown = Reflect.get(schema, '__absolute_ref__');
  if (typeof address !== 'string') return undefined;
  const target = lookup[address];
  if (target === undefined) throw new Error(`${JSON.stringify($ref)} refers to nothing in it.`);
  return target;
}
