import type { StandardSchemaV1 } from '@standard-schema/spec';
import { finiteNumbersOnly } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import { deepFreeze, exceedsJsonDepth, type JsonObject, type JsonValue, TOO_DEEP } from '../json.ts';
import { ProblemList } from './json-schema-assertions.ts';
import { compileJsonSchema } from './json-schema-validator.ts';
import { withoutSafeBounds } from './tool-parameters.ts';

/** Validates a parsed value. Returns the value to use, or its problems. */
export type SchemaCheck = (value: JsonValue) => SchemaResult | Promise<SchemaResult>;
/** The result of a schema check. */
export type SchemaResult = { readonly value: unknown } | { readonly problems: string };

/** A schema in two forms: as JSON Schema for the model, and as a check of the model's output. */
export interface ReadSchema {
  /** Deeply frozen. */
  readonly jsonSchema: JsonObject;
  readonly check: SchemaCheck;
}

/**
 * Reads a Standard Schema that converts to JSON Schema, or a plain JSON Schema.
 *
 * @throws {ConfigurationError} for anything else. The message names `what` and suggests a remedy.
 */
export function readSchema(schema: unknown, what: string): ReadSchema {
  if (isStandardSchema(schema)) {
    return { jsonSchema: toJsonSchema(schema, what), check: value => validateStandard(schema, value) };
  }
  if (!isJsonObject(schema)) {
    throw new ConfigurationError(
      `${what} must be a schema (zod 4, arktype, valibot through toStandardJsonSchema) or a JSON Schema object.`,
    );
  }
  const jsonSchema = frozenCopy(withoutDialect(schema), what);
  const compiled = compileJsonSchema(jsonSchema, what);
  return {
    jsonSchema,
    check: value => {
      try {
        const problems = compiled.problems(value);
        return problems === undefined ? { value } : { problems };
      } catch (cause) {
        throw new ConfigurationError(`${what} cannot validate any value: ${thrownText(cause)}`, { cause });
      }
    },
  };
}

/** Returns true if the value has the `~standard` property of the Standard Schema specification. */
function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}

function toJsonSchema(schema: StandardSchemaV1, what: string): JsonObject {
  const standard: object = schema['~standard'];
  const converter: unknown = Reflect.get(standard, 'jsonSchema');
  const input: unknown =
    typeof converter === 'object' && converter !== null ? Reflect.get(converter, 'input') : undefined;
  if (typeof input !== 'function') {
    throw new ConfigurationError(
      `${what} is a Standard Schema of ${schema['~standard'].vendor} that cannot be converted to JSON Schema. ` +
        'Use zod 4.2 or newer or arktype 2.2 or newer, wrap a valibot schema in toStandardJsonSchema() of ' +
        '@valibot/to-json-schema, or pass a plain JSON Schema.',
    );
  }
  let converted: unknown;
  try {
    converted = Reflect.apply(input, converter, [{ target: 'draft-2020-12' }]);
  } catch (cause) {
    throw new ConfigurationError(`${what} cannot be converted to JSON Schema: ${thrownText(cause)}`, { cause });
  }
  if (!isJsonObject(converted)) {
    throw new ConfigurationError(
      `${what} was not converted to a JSON Schema object. Pass a plain JSON Schema instead.`,
    );
  }
  const jsonSchema = withoutSafeBounds(frozenCopy(withoutDialect(converted), what));
  return isJsonObject(jsonSchema) ? deepFreeze(jsonSchema) : {};
}

/** Returns the schema without `$schema`: strict servers reject this keyword, and nothing needs it. */
function withoutDialect({ $schema: _, ...schema }: JsonObject): JsonObject {
  return schema;
}

/** Returns a frozen copy. It must never change, because encoded requests are cached. */
function frozenCopy(schema: JsonObject, what: string): JsonObject {
  if (exceedsJsonDepth(schema)) throw new ConfigurationError(`${what} cannot be used: ${TOO_DEEP}. Simplify it.`);
  try {
    // structuredClone rejects functions, which JSON would omit; JSON.stringify rejects cycles, BigInts and infinite numbers.
    return deepFreeze(JSON.parse(JSON.stringify(structuredClone(schema), finiteNumbersOnly(what))));
  } catch (cause) {
    throw new ConfigurationError(`${what} is not a plain JSON Schema: it contains values that JSON cannot represent.`, {
      cause,
    });
  }
}

/** Validates a value. An error thrown by the schema, such as by a transformation, is a problem of the value. */
async function validateStandard(schema: StandardSchemaV1, value: JsonValue): Promise<SchemaResult> {
  try {
    return toSchemaResult(await schema['~standard'].validate(value));
  } catch (thrown) {
    return { problems: `it cannot be read (${thrownText(thrown)})` };
  }
}

function toSchemaResult(result: StandardSchemaV1.Result<unknown>): SchemaResult {
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
