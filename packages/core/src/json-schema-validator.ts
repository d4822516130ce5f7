import { dereference, Validator } from '@cfworker/json-schema';
import { ConfigurationError } from './errors/configuration-error.ts';
import type { JsonObject } from './json.ts';
import { thrownText } from './thrown-text.ts';

/** Schemas that count only where something refers to them. */
const DEFINITIONS: ReadonlySet<string> = new Set(['$defs', 'definitions']);

/** @throws {ConfigurationError} for a schema that no value could be checked with, naming `what`. */
export function makeValidator(jsonSchema: JsonObject, what: string): Validator {
  try {
    // It writes notes of its own into what it is given.
    const schema = structuredClone(jsonSchema);
    const validator = new Validator(schema, '2020-12', false);
    validator.validate({});
    checkParts(schema);
    return validator;
  } catch (cause) {
    throw new ConfigurationError(`${what} is not a usable JSON Schema: ${thrownText(cause)}`, { cause });
  }
}

/** Looks for what the validator meets only with a value that leads there: references to nowhere, and bad patterns. */
function checkParts(schema: JsonObject): void {
  const lookup = dereference(schema);
  const schemas = new Set<unknown>(Object.values(lookup));
  const seen = new Set<unknown>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    const isSchema = schemas.has(part);
    if (isSchema) visit(checkSchema(part, lookup));
    for (const [key, inner] of Object.entries(part)) {
      if (!(isSchema && DEFINITIONS.has(key))) visit(inner);
    }
  };
  visit(schema);
}

/** Checks one schema by itself. Gives what it refers to. */
function checkSchema(schema: object, lookup: Readonly<Record<string, unknown>>): unknown {
  const { pattern, patternProperties, $ref } = schema as JsonObject;
  if (typeof pattern === 'string') new RegExp(pattern, 'u');
  for (const name of Object.keys(patternProperties ?? {})) new RegExp(name, 'u');
  // The validator's note of the reference, as a whole address.
  const address: unknown = Reflect.get(schema, '__absolute_ref__');
  if (typeof address !== 'string') return undefined;
  const target = lookup[address];
  if (target === undefined) throw new Error(`${JSON.stringify($ref)} refers to nothing in it.`);
  return target;
}
