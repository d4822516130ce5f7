import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../json.ts';

/**
 * The context of one tool call.
 *
 * @example
 * ```ts
 * import { tool, type ToolContext } from '@crew/core';
 *
 * async function readOrders(_input: object, context: ToolContext): Promise<string> {
 *   const response = await fetch('http://127.0.0.1:8080/orders', {
 *     headers: { 'x-tenant': String(context.authContext), 'x-request-id': context.toolCallId },
 *     signal: context.signal,
 *   });
 *   return response.text();
 * }
 *
 * export const orders = tool({
 *   name: 'orders',
 *   description: 'Lists the open orders of the customer.',
 *   parameters: { type: 'object', properties: {} },
 *   execute: readOrders,
 * });
 * ```
 */
export interface ToolContext {
  /** A signal that is aborted when the run is cancelled or the tool's `timeout` expires. */
  readonly signal: AbortSignal;
  /** The id of the run. */
  readonly runId: string;
  /** The model's id of the call, unique within the run. */
  readonly toolCallId: string;
  /** The `authContext` option of the run, such as a tenant. */
  readonly authContext: unknown;
}

/** The description of a tool for the model. `parameters` is a JSON Schema of an object. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  /**
   * Requests that the provider makes every call fit `parameters` exactly, if it can. Providers that can usually demand that
   * every property is required and that `additionalProperties` is false. Default: not sent.
   */
  readonly strict?: boolean | undefined;
}

/** Options that control how the tool loop runs a tool. */
export interface ToolPolicy {
  /** Ends the run with a successful result as its answer, unchanged. Default false. */
  readonly resultAsAnswer?: boolean | undefined;
  /** Maximum number of calls in one run. Further calls get an error as their result. Default: unlimited. */
  readonly maxUses?: number | undefined;
  /** Timeout of one call, in milliseconds. Default: none. */
  readonly timeout?: number | undefined;
  /** Prevents the tool from running concurrently with other calls of the same turn. Default false. */
  readonly sequential?: boolean | undefined;
  /** Allows identical calls in consecutive turns without a warning to the model. Default false. */
  readonly repeatable?: boolean | undefined;
  /** Caches successful results by their arguments, for the duration of a run. Default false. */
  readonly cache?: boolean | undefined;
}

/** A tool that the tool loop can run. Create one with `tool()`. */
export interface Tool extends ToolDefinition, ToolPolicy {
  /**
   * Parses and validates the arguments, runs the tool, and returns its result as text for the model.
   *
   * @throws {ToolInputError} if the arguments are not JSON or do not fit the parameters.
   */
  run(argumentsText: string, context: ToolContext): Promise<string>;
}

/** A tool whose function can also be called directly, with its original types. */
export interface TypedTool<In, Out> extends Tool {
  /** The function passed to `tool()`. A direct call validates nothing, and the options for the tool loop do not apply. */
  execute(input: In, context: ToolContext): Out | Promise<Out>;
}

/** A schema that validates values and converts to JSON Schema: zod 4, arktype, valibot's `toStandardJsonSchema`. */
export type ToolSchema<In = unknown, Out = In> = StandardSchemaV1<In, Out> & StandardJSONSchemaV1<In, Out>;

/** Options of a tool other than its parameters and its function. */
export interface ToolSettings extends ToolPolicy {
  /** The name: letters, digits, `_` and `-`, at most 64 characters. All providers accept such names. */
  readonly name: string;
  /** A description for the model: what the tool does, and when to use it. */
  readonly description: string;
  /**
   * Requests that the provider makes every call fit `parameters` exactly, if it can. Providers that can usually demand that
   * every property is required and that `additionalProperties` is false. Default: not sent.
   */
  readonly strict?: boolean | undefined;
}
