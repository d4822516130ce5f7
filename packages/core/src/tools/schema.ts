import type { StandardSchemaV1 } from '@standard-schema/spec';
import { finiteNumbersOnly } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import { deepFreeze, exceedsJsonDepth, type JsonObject, type JsonValue, TOO_DEEP } from '../json.ts';
import { makeValidator } from './json-schema-validator.ts';
import { ProblemList } from './problem-list.ts';

/** Checks a parsed value. Gives the value to use, or what is wrong with it. */
export type SchemaCheck = (value: JsonValue) => SchemaVerdict | Promise<SchemaVerdict>;
/** What a check gives. */
export type SchemaVerdict = { readonly value: unknown } | { readonly problems: string };

/** A schema in the two forms that Crew needs: JSON Schema for the model, a check for what comes back. */
export interface ReadSchema {
  /** Deeply frozen. */
  readonly jsonSchema: JsonObject;
  readonly check: SchemaCheck;
}

/**
 * Reads a Standard Schema that also describes itself as JSON Schema, or a plain JSON Schema.
 *
 * @throws {ConfigurationError} for anything else, naming `what` and the remedy.
 */
export function readSchema(schema: unknown, what: string): ReadSchema {
  if (isStandardSchema(schema)) {
    return { jsonSchema: describeStandardSchema(schema, what), check: value => checkStandard(schema, value) };
  }
  if (!isJsonObject(schema)) {
    throw new ConfigurationError(
      `${what} must be a schema (zod 4, arktype, valibot through toStandardJsonSchema) or a JSON Schema object.`,
    );
  }
  const jsonSchema = ownCopy(schema, what);
  const validator = makeValidator(jsonSchema, what);
  return {
    jsonSchema,
    check: value => {
      try {
        const problems = validator.problems(value);
        return problems === undefined ? { value } : { problems };
      } catch (cause) {
        throw new ConfigurationError(`No value can be checked with ${what}: ${thrownText(cause)}`, { cause });
      }
    },
  };
}

/** Whether the value carries the `~standard` property of the Standard Schema specification. */
function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}

function describeStandardSchema(schema: StandardSchemaV1, what: string): JsonObject {
  const standard: object = schema['~standard'];
  const converter: unknown = Reflect.get(standard, 'jsonSchema');
  const input: unknown =
    typeof converter === 'object' && converter !== null ? Reflect.get(converter, 'input') : undefined;
  if (typeof input !== 'function') {
    throw new ConfigurationError(
      `${what} is a Standard Schema of ${schema['~standard'].vendor} that cannot describe itself as JSON Schema. ` +
        'Use zod 4.2 or newer, arktype 2.2 or newer, or wrap a valibot schema in toStandardJsonSchema() of ' +
        '@valibot/to-json-schema; or give a plain JSON Schema.',
    );
  }
  let described: unknown;
  try {
    described = Reflect.apply(input, converter, [{ target: 'draft-2020-12' }]);
  } catch (cause) {
    throw new ConfigurationError(`${what} cannot be described as JSON Schema: ${thrownText(cause)}`, { cause });
  }
  if (!isJsonObject(described)) throw new ConfigurationError(`${what} did not give a JSON Schema object.`);
  // Strict servers refuse the keyword, and nobody reads it.
  const { $schema: _, ...jsonSchema } = described;
  return ownCopy(jsonSchema, what);
}

/** A copy that nobody changes: requests are written from it again and again, and remember their text. */
function ownCopy(schema: JsonObject, what: string): JsonObject {
  if (exceedsJsonDepth(schema)) throw new ConfigurationError(`${what} cannot be used: ${TOO_DEEP}. Simplify it.`);
  try {
    // The first refuses functions, which JSON would leave out; the second, cycles, big integers and what is not finite.
    return deepFreeze(JSON.parse(JSON.stringify(structuredClone(schema), finiteNumbersOnly(what))));
  } catch (cause) {
    throw new ConfigurationError(`${what} is no plain JSON Schema: it holds what JSON cannot.`, { cause });
  }
}

/** A check that throws, as a transformation may, says with that what is wrong with the value. */
async function checkStandard(schema: StandardSchemaV1, value: JsonValue): Promise<SchemaVerdict> {
  try {
    return readResult(await schema['~standard'].validate(value));
  } catch (thrown) {
    return { problems: `it cannot be read (${thrownText(thrown)})` };
  }
}

function readResult(result: StandardSchemaV1.Result<unknown>): SchemaVerdict {
  if (result.issues === undefined) return { value: result.value };
  const problems = new ProblemList();
  for (const issue of result.issues) problems.add(() => describeIssue(issue));
  return { problems: String(problems) };
}

function describeIssue(issue: StandardSchemaV1.Issue): string {
  const path = issue.path?.map(part => String(typeof part === 'object' ? part.key : part)).join('.');
  return path ? `${path}: ${issue.message}` : issue.message;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
