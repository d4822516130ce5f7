import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../json.ts';

/** What a running tool is told. */
export interface ToolContext {
  /** Aborted when the run is cancelled or the tool's `timeout` passes. */
  readonly signal: AbortSignal;
  /** The run that the call belongs to. */
  readonly runId: string;
  /** The model's id of the call, unique in the run. */
  readonly toolCallId: string;
  /** What the caller gave as `authContext`: which tenant, say. */
  readonly authContext: unknown;
}

/** What a model is told of a tool. `parameters` is a JSON Schema of an object. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** How the loop treats a tool. */
export interface ToolPolicy {
  /** A successful result is the run's answer, as it is. */
  readonly resultAsAnswer?: boolean | undefined;
  /** Calls allowed in one run. More are answered with a sentence that says so. */
  readonly maxUses?: number | undefined;
  /** Milliseconds for one call. */
  readonly timeout?: number | undefined;
  /** Never runs beside another call of the same turn. */
  readonly sequential?: boolean | undefined;
  /** An identical call in two turns after one another is normal: do not remark on it. */
  readonly repeatable?: boolean | undefined;
  /** Remembers successful results per run, by the arguments. */
  readonly cache?: boolean | undefined;
}

/** A tool that the loop can run. Make one with `tool()`. */
export interface Tool extends ToolDefinition, ToolPolicy {
  /** Parses and checks the arguments, runs the tool, and gives the text that the model reads. */
  run(argumentsText: string, context: ToolContext): Promise<string>;
}

/** A tool whose function can also be called directly, with its own types. */
export interface TypedTool<In, Out> extends Tool {
  /** The function that was given to `tool()`. Called directly it gets its input unchecked, and no rule of the loop holds. */
  execute(input: In, context: ToolContext): Out | Promise<Out>;
}

/** A schema that can both check a value and describe itself as JSON Schema: zod 4, arktype, valibot's `toStandardJsonSchema`. */
export type ToolSchema<In = unknown, Out = In> = StandardSchemaV1<In, Out> & StandardJSONSchemaV1<In, Out>;

/** Everything of a tool but its parameters and its function. */
export interface ToolSettings extends ToolPolicy {
  /** Letters, digits, `_` and `-`, at most 64: what every provider takes. */
  readonly name: string;
  /** What the tool does and when to use it, for the model. */
  readonly description: string;
}
