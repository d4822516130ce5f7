import { ConfigurationError } from '../errors/configuration-error.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject, list } from './json-schema-assertions.ts';

/**
 * Returns the parameters of a tool as all servers accept them: with `type: "object"` also where it is only implied, as in
 * `{}` and in unions of objects.
 *
 * @throws {ConfigurationError} if no object can ever be valid. The message names `what`.
 */
export function toolParameters(schema: JsonObject, what: string): JsonObject {
  if (!canBeObject(schema, schema, new Map())) {
    throw new ConfigurationError(
      `${what} can never be an object, but a model passes arguments by name. Wrap the schema in an object, such as ` +
        '{ type: "object", properties: { value: ... } }.',
    );
  }
  return objectSchema(schema);
}

/** Returns the schema with `type: "object"`, and without `$schema`, which strict servers reject. */
export function objectSchema(schema: JsonObject): JsonObject {
  if (schema['type'] === 'object' && schema['$schema'] === undefined) return schema;
  const { type: _type, $schema: _dialect, ...others } = schema;
  return Object.freeze({ type: 'object', ...others });
}

/** The types of JSON Schema other than objects. Words of other languages for schemas are unknown, and may mean objects. */
const OTHER_TYPES: ReadonlySet<JsonValue> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'null']);

/** Returns false if it is certain that no object is valid. `known` holds the results so far; references can be circular. */
function canBeObject(schema: JsonValue | undefined, root: JsonObject, known: Map<JsonValue, boolean>): boolean {
  if (!isObject(schema)) return schema !== false;
  const earlier = known.get(schema);
  if (earlier !== undefined) return earlier;
  known.set(schema, true);
  const { type, enum: options, allOf, anyOf, oneOf, $ref } = schema;
  const types = Array.isArray(type) ? type : [type ?? 'object'];
  const can = (part: JsonValue | undefined): boolean => canBeObject(part, root, known);
  const result =
    types.some(name => !OTHER_TYPES.has(name)) &&
    (!Object.hasOwn(schema, 'const') || isObject(schema['const'])) &&
    (!Array.isArray(options) || options.some(isObject)) &&
    list(allOf).every(can) &&
    [anyOf, oneOf].every(parts => !Array.isArray(parts) || parts.some(can)) &&
    (typeof $ref !== 'string' || can(localTarget($ref, root)));
  known.set(schema, result);
  return result;
}

/** Returns the part of the schema that a JSON Pointer names, or undefined for any other reference. */
function localTarget(reference: string, root: JsonObject): JsonValue | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let target: JsonValue | undefined = root;
  for (const part of reference.split('/').slice(1)) {
    const key = part.replace(/~1/g, '/').replace(/~0/g, '~');
    target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

const SCHEMA_MAPS: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
]);
const VALUES: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'required']);

/**
 * Returns a converted schema without the bounds of safe integers, which zod adds to every integer. Models and servers gain
 * nothing from them, and some servers reject such large numbers. The schema still checks them.
 */
export function withoutSafeBounds(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(withoutSafeBounds);
  if (!isObject(schema)) return schema;
  const members = Object.entries(schema).flatMap(([key, member]): (readonly [string, JsonValue])[] => {
    if (key === 'minimum' && member === Number.MIN_SAFE_INTEGER) return [];
    if (key === 'maximum' && member === Number.MAX_SAFE_INTEGER) return [];
    if (VALUES.has(key)) return [[key, member]];
    if (!SCHEMA_MAPS.has(key) || !isObject(member)) return [[key, withoutSafeBounds(member)]];
    return [[key, Object.fromEntries(Object.entries(member).map(([name, part]) => [name, withoutSafeBounds(part)]))]];
  });
  return Object.fromEntries(members);
}
