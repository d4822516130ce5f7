import { copyOptions, callbacks as listOfFunctions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewEvent } from '../events/event.ts';
import type { JsonObject } from '../json.ts';
import type { Message } from '../messages/message.ts';
import type { ToolContext, ToolDefinition } from '../tools/tool.ts';
import { checkModelSettings, type ModelSettings } from './model-settings.ts';

/** Options of one model turn. An option that neither the turn nor the LLM sets is not sent. */
export interface TurnOptions extends ModelSettings {
  /** Definitions of the tools that the model may call. A turn does not run them. Values of `tool()` are accepted. */
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** Selects whether the model may, must or must not call tools, or which one it must call. Default: the provider's. */
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string } | undefined;
  /** A JSON Schema for the reply, if the provider supports it. */
  readonly responseFormat?: { readonly name: string; readonly schema: JsonObject } | undefined;
  /** Stop words of this turn, in addition to the LLM's own. The reply is always cut at the earliest one. */
  readonly stop?: string | readonly string[] | undefined;
  /** Functions called for every event of the turn. Exceptions thrown by a callback are ignored. */
  readonly callbacks?: readonly ((event: CrewEvent) => void)[] | undefined;
  /** A signal that cancels the turn, which then rejects at once with an `AbortError`, or with the signal's reason if that is a `CrewError`. */
  readonly signal?: AbortSignal | undefined;
  /** Time limit of the whole turn including retries, in milliseconds. */
  readonly timeout?: number | undefined;
  /** A value passed unchanged to authenticators and tools, such as a tenant. Never serialised, logged or emitted. */
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
  reasoningEffort: true,
  parallelToolCalls: true,
  extraBody: true,
  callbacks: true,
  signal: true,
  timeout: true,
  authContext: true,
};

/** Copies the options of a turn, so that only properties given by the caller are read; see `copyOptions`. */
export function copyTurnOptions<Options extends TurnOptions>(options: Options): Options {
  return copyOptions(options, Object.keys(TURN_OPTIONS));
}

/**
 * Checks the options that would otherwise fail within a turn, or be ignored silently.
 *
 * @throws {ConfigurationError} if an option is invalid. The message names it.
 */
export function checkTurnOptions(options: TurnOptions): void {
  const { timeout, signal, callbacks } = options;
  checkModelSettings(options);
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0)) {
    throw new ConfigurationError('timeout must be a positive number of milliseconds.');
  }
  // Not by instanceof, because the signal may come from another realm.
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new ConfigurationError('signal must be an AbortSignal.');
  }
  if (callbacks !== undefined && !listOfFunctions.accepts(callbacks)) {
    throw new ConfigurationError('callbacks must be a list of functions.');
  }
}

/** A function that runs a tool call. Called with the parsed arguments and a context; may return a promise. */
export type ToolFunction = { bivarianceHack(input: object, context: ToolContext): unknown }['bivarianceHack'];

/** Options of `BaseLLM.call`: those of a turn, and the functions of the tools that `call` runs. */
export interface CallOptions extends TurnOptions {
  /** The functions of the tools, by tool name. Each needs a definition in `tools`. */
  readonly availableFunctions?: Readonly<Record<string, ToolFunction>> | undefined;
  /** Maximum number of rounds of tool calls before the model must answer. Default: 25. */
  readonly maxToolRounds?: number | undefined;
}

/** A prepared turn, as passed to the hooks `respond` and `respondStream`. */
export interface TurnRequest extends TurnOptions {
  /** The conversation: valid and deeply frozen. */
  readonly messages: readonly Message[];
  /** All stop words to send. The hook must not add `this.stop`. Empty if `supportsStopWords()` is false. */
  readonly stop: readonly string[];
  /** A signal aborted by the caller's signal, by the deadline, and when the consumer leaves a stream early. */
  readonly signal: AbortSignal;
}
