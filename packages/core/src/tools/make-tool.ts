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
import { isToolName } from '../messages/call-identity.ts';
import { parseActionInput } from '../react/action-input.ts';
import { toolResultText } from './result-text.ts';
import { type ReadSchema, readSchema } from './schema.ts';
import type { ToolContext, ToolSchema, ToolSettings, TypedTool } from './tool.ts';
import { toolParameters } from './tool-parameters.ts';

/** Options of a tool whose parameters are described by a Standard Schema, such as one of zod. */
export interface SchemaToolOptions<S extends ToolSchema, Out> extends ToolSettings {
  /** A schema of an object, which describes and validates the arguments. */
  readonly parameters: S;
  /** The function of the tool. It receives the validated arguments. */
  readonly execute: (input: StandardSchemaV1.InferOutput<S>, context: ToolContext) => Out | Promise<Out>;
}

/**
 * Options of a tool whose parameters are described by a JSON Schema.
 *
 * @example
 * ```ts
 * import { type JsonToolOptions, tool } from '@crew/core';
 *
 * const options: JsonToolOptions<string> = {
 *   name: 'read_page',
 *   description: 'Reads a page of the handbook. Use it for questions about company rules.',
 *   parameters: {
 *     type: 'object',
 *     properties: { page: { type: 'integer', minimum: 1 } },
 *     required: ['page'],
 *     additionalProperties: false,
 *   },
 *   execute: ({ page }) => `The text of page ${page}.`,
 *   maxUses: 5,
 *   timeout: 10_000,
 *   cache: true,
 * };
 * const readPage = tool(options);
 * console.log(readPage.name); // read_page
 * ```
 */
export interface JsonToolOptions<Out> extends ToolSettings {
  /** A JSON Schema of an object, which describes and validates the arguments. */
  readonly parameters: JsonObject;
  /** The function of the tool. It receives the validated arguments. */
  readonly execute: (input: JsonObject, context: ToolContext) => Out | Promise<Out>;
}

/**
 * Creates a tool that a model can call. `parameters` is a schema (zod 4, arktype, valibot through `toStandardJsonSchema`)
 * or a JSON Schema. `execute` receives the validated arguments. The model receives a returned string unchanged, and any
 * other value as JSON.
 *
 * @throws {ConfigurationError} if an option is invalid, or if the schema cannot be converted to JSON Schema.
 *
 * @example Parameters as a zod schema
 * ```ts
 * import { tool } from '@crew/core';
 * import { z } from 'zod';
 *
 * export const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: z.object({ a: z.number(), b: z.number() }),
 *   execute: ({ a, b }) => a + b,
 * });
 * ```
 *
 * @example Parameters as a JSON Schema
 * ```ts
 * import { tool } from '@crew/core';
 *
 * export const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: {
 *     type: 'object',
 *     properties: { a: { type: 'number' }, b: { type: 'number' } },
 *     required: ['a', 'b'],
 *   },
 *   execute: ({ a, b }) => Number(a) + Number(b),
 * });
 * ```
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
  const label = copyOptions(settings)?.name;
  const checked = checkOptions(text.accepts(label) ? `tool "${label}"` : 'a tool', settings, settingRules);
  const { name, description, parameters, execute, ...policy } = checked;
  const what = `parameters of tool "${name}"`;
  const schema = readSchema(parameters, what);
  // The overloads check the type of the function. It receives only values that its schema accepts.
  const call = execute as (input: unknown, context: ToolContext) => Out | Promise<Out>;
  return {
    ...policy,
    name,
    description,
    parameters: toolParameters(schema.jsonSchema, what),
    execute: (input, context) => call(input, context),
    run: async (argumentsText, context) => {
      const input = await parseArguments(name, schema, argumentsText);
      // The run may have been cancelled while the arguments were validated: the tool must not start then.
      context.signal.throwIfAborted();
      return toolResultText(await call(input, context));
    },
  };
}

/** Returns the validated arguments. */
async function parseArguments(name: string, schema: ReadSchema, argumentsText: string): Promise<unknown> {
  const value = readArguments(name, argumentsText);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ToolInputError(`The arguments for "${name}" must be one JSON object.`);
  }
  const result = await schema.check(value);
  if ('problems' in result) {
    throw new ToolInputError(`The arguments for "${name}" do not fit its parameters: ${result.problems}.`);
  }
  return result.value;
}

function readArguments(name: string, argumentsText: string): JsonValue {
  // Some models send an empty string for a tool without parameters.
  if (argumentsText.trim() === '') return {};
  const text = parseActionInput(argumentsText);
  try {
    return parseJson(text);
  } catch (cause) {
    throw new ToolInputError(
      `The arguments for "${name}" are not valid JSON (${thrownText(cause)}). Write one JSON object.`,
    );
  }
}

const settingRules: OptionRules<ToolSettings & { readonly parameters: unknown; readonly execute: unknown }> = {
  name: {
    must: 'letters, digits, "_" and "-", at most 64 characters',
    optional: false,
    accepts: value => typeof value === 'string' && isToolName(value),
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
  strict: optional(flag),
};
