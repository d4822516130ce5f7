import { dereference } from '@cfworker/json-schema';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import type { JsonObject } from '../json.ts';
import { JsonSchemaCheck } from './json-schema-check.ts';

// Keywords that contain a schema, a list of schemas, or schemas by name. Others are annotations, or apply by reference.
const SINGLE_SCHEMA: readonly string[] = [
  'items',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
];
const SCHEMA_LIST: readonly string[] = ['items', 'prefixItems', 'allOf', 'anyOf', 'oneOf'];
const SCHEMAS_BY_NAME: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies'];

/**
 * Compiles a JSON Schema.
 *
 * @throws {ConfigurationError} if the schema is invalid. The message names `what`.
 */
export function compileJsonSchema(jsonSchema: JsonObject, what: string): JsonSchemaCheck {
  try {
    // `dereference` writes absolute references into the schema.
    const schema = structuredClone(jsonSchema);
    const lookup = dereference(schema);
    const check = new JsonSchemaCheck(schema, lookup);
    checkSubschemas(schema, lookup, check);
    // Any value reveals a schema that refers to itself endlessly.
    check.problems({});
    return check;
  } catch (cause) {
    throw new ConfigurationError(`${what} is not a usable JSON Schema: ${thrownText(cause)}`, { cause });
  }
}

/** Finds references without a target and invalid patterns, which the check otherwise finds only for some values. */
function checkSubschemas(schema: JsonObject, lookup: Readonly<Record<string, unknown>>, check: JsonSchemaCheck): void {
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
    if (target !== undefined) pending.push({ part: target, where: `The target of ${where}` });
    for (const [path, inner] of subschemas(part)) {
      pending.push({ part: inner, where: where === 'The schema' ? path : `${where}/${path}` });
    }
  }
}

/** Yields the subschemas of a schema with their paths. */
function* subschemas(schema: object): Iterable<readonly [path: string, schema: unknown]> {
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(schema));
  for (const key of SINGLE_SCHEMA) {
    const inner = fields.get(key);
    if (inner !== undefined && !(SCHEMA_LIST.includes(key) && Array.isArray(inner))) yield [key, inner];
  }
  for (const key of SCHEMA_LIST) {
    const list = fields.get(key);
    if (Array.isArray(list)) for (const [index, inner] of list.entries()) yield [`${key}/${index}`, inner];
  }
  for (const key of SCHEMAS_BY_NAME) {
    for (const [name, inner] of Object.entries(Object(fields.get(key)))) {
      // A list in `dependencies` contains names of other properties.
      if (!(key === 'dependencies' && Array.isArray(inner))) yield [`${key}/${name}`, inner];
    }
  }
}

/** Checks one schema without its subschemas. Returns the target of its reference. */
function checkSchema(schema: object, lookup: Readonly<Record<string, unknown>>, check: JsonSchemaCheck): unknown {
  const { pattern, patternProperties, $ref } = schema as JsonObject;
  if (typeof pattern === 'string') check.checkPattern(pattern);
  for (const name of Object.keys(patternProperties ?? {})) check.checkPattern(name);
  // The absolute reference that `dereference` added.
  const address: unknown = Reflect.get(schema, '__absolute_ref__');
  if (typeof address !== 'string') return undefined;
  const target = lookup[address];
  if (target === undefined) throw new Error(`${JSON.stringify($ref)} has no target in the schema.`);
  return target;
}
