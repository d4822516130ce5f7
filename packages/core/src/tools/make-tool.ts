import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  anything,
  callable,
  checkOptions,
  copyOptions,
  flag,
  type OptionRules,
  optional,
  text,
  whole,
} from '../errors/check-options.ts';
import { ToolInputError } from '../errors/run-errors.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import { type JsonObject, type JsonValue, parseJson } from '../json.ts';
import { type ReadSchema, readSchema } from './schema.ts';
import type { ToolContext, ToolSchema, ToolSettings, TypedTool } from './tool.ts';
import { toolResultText } from './tool-result.ts';

/** What every known provider accepts as a function's name. */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The settings of a tool whose parameters are a Standard Schema. */
export interface SchemaToolOptions<S extends ToolSchema, Out> extends ToolSettings {
  /** Describes and checks the arguments; an object. */
  readonly parameters: S;
  readonly execute: (input: StandardSchemaV1.InferOutput<S>, context: ToolContext) => Out | Promise<Out>;
}

/** The settings of a tool whose parameters are a JSON Schema. */
export interface JsonToolOptions<Out> extends ToolSettings {
  /** A JSON Schema of an object. */
  readonly parameters: JsonObject;
  readonly execute: (input: JsonObject, context: ToolContext) => Out | Promise<Out>;
}

/**
 * A tool that a model may call. `parameters` is a schema (zod 4, arktype, valibot through `toStandardJsonSchema`) or a
 * plain JSON Schema; `execute` gets the checked arguments and may return anything: a string as it is, the rest as JSON.
 *
 * @throws {ConfigurationError} for a wrong setting, or a schema that has no JSON Schema.
 */
export function tool<S extends ToolSchema, Out>(
  settings: SchemaToolOptions<S, Out>,
): TypedTool<StandardSchemaV1.InferOutput<S>, Out>;
export function tool<Out>(settings: JsonToolOptions<Out>): TypedTool<JsonObject, Out>;
export function tool<Out>(
  settings: ToolSettings & {
    readonly parameters: unknown;
    readonly execute: (input: never, context: ToolContext) => Out | Promise<Out>;
  },
): TypedTool<unknown, Out> {
  const given = copyOptions(settings)?.name;
  const checked = checkOptions(text.accepts(given) ? `tool "${given}"` : 'a tool', settings, settingRules);
  const { name, description, parameters, execute, ...policy } = checked;
  const schema = readSchema(parameters, `parameters of tool "${name}"`);
  // The function's own type is checked by the overloads; what reaches it is what its schema let through.
  const call = execute as (input: unknown, context: ToolContext) => Out | Promise<Out>;
  return {
    ...policy,
    name,
    description,
    parameters: schema.jsonSchema,
    execute: (input, context) => call(input, context),
    run: async (argumentsText, context) => {
      const input = await parseArguments(name, schema, argumentsText);
      // Cancelled while the arguments were checked: what has not begun must not.
      context.signal.throwIfAborted();
      return toolResultText(await call(input, context));
    },
  };
}

/** The arguments as the tool may have them. */
async function parseArguments(name: string, schema: ReadSchema, argumentsText: string): Promise<unknown> {
  let value: JsonValue;
  try {
    // Some models write nothing for a tool without parameters.
    value = argumentsText.trim() === '' ? {} : parseJson(argumentsText);
  } catch (cause) {
    const said = thrownText(cause);
    throw new ToolInputError(`The arguments for "${name}" are not valid JSON (${said}). Write one JSON object.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ToolInputError(`The arguments for "${name}" must be one JSON object.`);
  }
  const verdict = await schema.check(value);
  if ('problems' in verdict) {
    throw new ToolInputError(`The arguments for "${name}" do not fit its parameters: ${verdict.problems}.`);
  }
  return verdict.value;
}

const settingRules: OptionRules<ToolSettings & { readonly parameters: unknown; readonly execute: unknown }> = {
  name: {
    must: 'letters, digits, "_" and "-", at most 64 characters',
    optional: false,
    accepts: value => typeof value === 'string' && TOOL_NAME.test(value),
  },
  description: { ...text, must: 'a non-empty string: it is how the model knows when to use the tool' },
  parameters: anything,
  execute: callable,
  resultAsAnswer: optional(flag),
  maxUses: optional(whole(1)),
  timeout: optional({
    must: 'a positive number of milliseconds',
    optional: true,
    accepts: value => typeof value === 'number' && value > 0,
  }),
  sequential: optional(flag),
  repeatable: optional(flag),
  cache: optional(flag),
};
