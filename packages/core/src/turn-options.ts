import type { CrewEvent } from './event.ts';
import type { JsonObject } from './json.ts';
import type { Message } from './message.ts';
import type { ToolContext, ToolDefinition } from './tool.ts';

/** What one model turn may be given. Everything is optional; what is not set is not sent. */
export interface TurnOptions {
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string } | undefined;
  /** Asks for JSON that fits a schema, where the provider can. */
  readonly responseFormat?: { readonly name: string; readonly schema: JsonObject } | undefined;
  /** Stop words of this turn, joined to the LLM's own. The reply is cut at the earliest in every case. */
  readonly stop?: string | readonly string[] | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  /** Provider fields merged into the request body. */
  readonly extraBody?: JsonObject | undefined;
  /** Told of every event of the turn. What a callback throws is dropped. */
  readonly callbacks?: readonly ((event: CrewEvent) => void)[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole turn, retries included. */
  readonly timeout?: number | undefined;
  /** Handed untouched to authenticators and tools (a tenant, say). Never serialised, logged or emitted. */
  readonly authContext?: unknown;
}

/** A function that answers a tool call: called with the parsed arguments and a context. May return a promise. */
export type ToolFunction = { bivarianceHack(input: object, context: ToolContext): unknown }['bivarianceHack'];

/** What `BaseLLM.call` may be given: a turn's options, and the functions that make it run the tools itself. */
export interface CallOptions extends TurnOptions {
  /** By tool name. Each needs its definition in `tools`. */
  readonly availableFunctions?: Readonly<Record<string, ToolFunction>> | undefined;
  /** Rounds of tool calls before the answer is forced. Default 25. */
  readonly maxToolRounds?: number | undefined;
}

/** A prepared turn, as the hooks `respond` and `respondStream` receive it. */
export interface TurnRequest extends TurnOptions {
  readonly messages: readonly Message[];
  /** The complete list. The hook must not add `this.stop`. Empty when `supportsStopWords()` is false. */
  readonly stop: readonly string[];
  /** Aborted by the caller's signal, by the deadline, and when the consumer of a stream stops early. */
  readonly signal: AbortSignal;
}
