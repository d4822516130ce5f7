import { copyOptions } from '../errors/copy-options.ts';
import type { CrewEvent } from '../events/event.ts';
import type { JsonObject } from '../json.ts';
import type { Message } from '../messages/message.ts';
import type { ToolContext, ToolDefinition } from '../tools/tool.ts';

/** What one model turn may be given. Everything is optional; what is not set is not sent. */
export interface TurnOptions {
  /** What the model may call. Values of `tool()` will do; their functions are not run by a turn. */
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** Whether the model may, must or must not call tools, or which one it must call. Unset: the provider's default. */
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string } | undefined;
  /** Asks for JSON that fits a schema, where the provider can. */
  readonly responseFormat?: { readonly name: string; readonly schema: JsonObject } | undefined;
  /** Stop words of this turn, joined to the LLM's own. The reply is cut at the earliest in every case. */
  readonly stop?: string | readonly string[] | undefined;
  /** How freely the model chooses its words, on the provider's scale. Default: the LLM's own. */
  readonly temperature?: number | undefined;
  /** Nucleus sampling: the share of likely words to choose from, 0 to 1. */
  readonly topP?: number | undefined;
  /** The longest reply, in tokens. One that is cut off has the finish reason `length`. */
  readonly maxTokens?: number | undefined;
  /** Asks for the same reply to the same request, where the provider can. */
  readonly seed?: number | undefined;
  /** Provider fields merged into the request body. */
  readonly extraBody?: JsonObject | undefined;
  /** Told of every event of the turn. What a callback throws is dropped. */
  readonly callbacks?: readonly ((event: CrewEvent) => void)[] | undefined;
  /** Cancels the turn: it rejects at once with an `AbortError`, or with the signal's reason where that is a `CrewError`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole turn, retries included. */
  readonly timeout?: number | undefined;
  /** Handed untouched to authenticators and tools (a tenant, say). Never serialised, logged or emitted. */
  readonly authContext?: unknown;
}

/** The names of all options of a turn. */
const TURN_OPTIONS: Readonly<Record<keyof TurnOptions, true>> = {
  tools: true,
  toolChoice: true,
  responseFormat: true,
  stop: true,
  temperature: true,
  topP: true,
  maxTokens: true,
  seed: true,
  extraBody: true,
  callbacks: true,
  signal: true,
  timeout: true,
  authContext: true,
};

/** Copies the options of a turn, so that nothing else is read than what the caller gave. */
export function copyTurnOptions<Options extends TurnOptions>(options: Options): Options {
  return copyOptions(options, Object.keys(TURN_OPTIONS));
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
  /** Valid and deeply frozen. */
  readonly messages: readonly Message[];
  /** The complete list. The hook must not add `this.stop`. Empty when `supportsStopWords()` is false. */
  readonly stop: readonly string[];
  /** Aborted by the caller's signal, by the deadline, and when the consumer of a stream stops early. */
  readonly signal: AbortSignal;
}
