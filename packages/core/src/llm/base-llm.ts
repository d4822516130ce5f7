import type { StandardSchemaV1 } from '@standard-schema/spec';
import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { type CrewEvent, type EventCallback, EventListeners, emit } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { estimateTokens } from '../messages/estimate-tokens.ts';
import type { Message, Prompt } from '../messages/message.ts';
import {
  type GeneratedObject,
  type GenerateObjectOptions,
  generateObject,
} from '../structured-output/generate-object.ts';
import type { ToolSchema } from '../tools/tool.ts';
import { enterCall, leaveCall, rejectInsideCall, toAssistantTurn } from './call-contract.ts';
import { checkModelSettings, type ModelSettings, modelSettingRules } from './model-settings.ts';
import { toStopWords } from './stop-words.ts';
import { streamTurn } from './stream-turn.ts';
import {
  type AssistantTurn,
  addUsage,
  type Generation,
  NO_USAGE,
  type StreamPart,
  type TokenUsage,
  toGeneration,
} from './turn.ts';
import { TurnLifecycle } from './turn-lifecycle.ts';
import {
  type CallOptions,
  checkTurnOptions,
  copyTurnOptions,
  type TurnOptions,
  type TurnRequest,
} from './turn-options.ts';

/** Options of every LLM. The model settings are defaults for turns that do not set their own. */
export interface BaseLLMOptions extends ModelSettings {
  /** The name of the model, if the endpoint serves several. */
  readonly model?: string | undefined;
  /** Stop words of every turn. Default: none. */
  readonly stop?: string | readonly string[] | undefined;
  /**
   * Set to true for a provider that rejects a history with tool calls if the request does not define their tools. The
   * request that forces the answer then keeps the tools and sets `toolChoice: 'none'`. Default false: a run finds out by one
   * rejected request.
   */
  readonly toolsInHistory?: boolean | undefined;
  /** The source of time. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

const listeners = new WeakMap<BaseLLM, EventListeners>();

/**
 * The base class of all LLMs. A custom LLM implements four methods: `call`, `supportsFunctionCalling`, `supportsStopWords`
 * and `getContextWindowSize`, and overrides `supportsResponseFormat` if its endpoint follows schemas. Agents use it through
 * `generate` and `stream`, which do everything around the request: they check messages, combine stop words and cut the reply
 * at them, enforce the deadline, count tokens, emit events, and convert errors to a `CrewError`.
 *
 * @example
 * A complete custom LLM:
 *
 * ```ts
 * import {
 *   type AssistantTurn,
 *   BaseLLM,
 *   type BaseLLMOptions,
 *   type CallOptions,
 *   type Prompt,
 *   ResponseError,
 * } from '@crew/core';
 * import { decodeTurn, encodeRequest } from '@crew/core/chat-completions';
 *
 * export class GatewayLLM extends BaseLLM {
 *   readonly #url: string;
 *   readonly #token: string;
 *
 *   constructor({ url, token, ...options }: BaseLLMOptions & { readonly url: string; readonly token: string }) {
 *     super(options);
 *     this.#url = url;
 *     this.#token = token;
 *   }
 *
 *   async call(prompt: Prompt, options: CallOptions = {}): Promise<AssistantTurn> {
 *     const messages = typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt;
 *     const response = await fetch(this.#url, {
 *       method: 'POST',
 *       headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
 *       body: encodeRequest({ ...options, messages }, { model: this.model }),
 *       signal: options.signal ?? null,
 *     });
 *     const { ok, status } = response;
 *     if (!ok) throw new ResponseError(`The gateway returned ${status}.`, { status });
 *     return decodeTurn(await response.json());
 *   }
 *
 *   supportsFunctionCalling(): boolean {
 *     return true;
 *   }
 *
 *   supportsStopWords(): boolean {
 *     return true;
 *   }
 *
 *   override supportsResponseFormat(): boolean {
 *     return true;
 *   }
 *
 *   getContextWindowSize(): number {
 *     return 128_000;
 *   }
 * }
 * ```
 */
export abstract class BaseLLM implements AsyncDisposable {
  /** The name of the model, if the endpoint serves several. */
  readonly model: string | undefined;
  /** Sampling temperature of turns that do not set their own. May be changed between turns. */
  temperature: number | undefined;
  /** Nucleus sampling of turns that do not set their own. May be changed between turns. */
  topP: number | undefined;
  /** Maximum length of the replies to turns that do not set their own, in tokens. May be changed between turns. */
  maxTokens: number | undefined;
  /** Seed of turns that do not set their own. May be changed between turns. */
  seed: number | undefined;
  /** Reasoning effort of turns that do not set their own. May be changed between turns. */
  reasoningEffort: string | undefined;
  /** Permission to call several tools in one turn, for turns that do not set their own. May be changed between turns. */
  parallelToolCalls: boolean | undefined;
  /** Fields of every request body, with those of the turn merged over them. May be changed between turns. */
  extraBody: JsonObject | undefined;
  /** Stop words of every turn, in addition to the turn's own. May be changed between turns. */
  stop: string[];
  readonly #clock: Clock;
  #usage: TokenUsage = NO_USAGE;

  /** @throws {ConfigurationError} if an option is invalid. */
  constructor(options: BaseLLMOptions = {}) {
    const copy = copyOptions(options, ['model', 'stop', 'toolsInHistory', 'clock', ...Object.keys(modelSettingRules)]);
    const { model, stop, toolsInHistory, clock = systemClock } = copy;
    if (model !== undefined && (typeof model !== 'string' || model === '')) {
      throw new ConfigurationError('model must be a non-empty string, or omitted.');
    }
    if (toolsInHistory !== undefined && typeof toolsInHistory !== 'boolean') {
      throw new ConfigurationError('toolsInHistory must be true or false, or omitted.');
    }
    checkModelSettings(copy);
    this.model = model;
    if (toolsInHistory !== undefined) this.toolsInHistory = toolsInHistory;
    this.temperature = copy.temperature;
    this.topP = copy.topP;
    this.maxTokens = copy.maxTokens;
    this.seed = copy.seed;
    this.reasoningEffort = copy.reasoningEffort;
    this.parallelToolCalls = copy.parallelToolCalls;
    this.extraBody = copy.extraBody;
    this.stop = toStopWords(stop);
    this.#clock = clock;
  }

  /**
   * Sends the messages to the model. With `availableFunctions` it runs the tools itself and resolves to the final text.
   * Without them it resolves to the text of the reply, or to an `AssistantTurn` with tool calls for the caller to run.
   *
   * @example
   * ```ts
   * import type { BaseLLM } from '@crew/core';
   *
   * export async function askForWeather(llm: BaseLLM): Promise<unknown> {
   *   const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
   *   return llm.call('What is the weather in Oslo?', {
   *     tools: [{ name: 'weather', description: 'Returns the current weather.', parameters }],
   *     availableFunctions: { weather: ({ city }: { city: string }) => `Sunny in ${city}, 21 °C` },
   *   });
   * }
   * ```
   */
  abstract call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;

  /** Returns true if the provider supports tool definitions. If false, agents use the text (ReAct) protocol. */
  abstract supportsFunctionCalling(): boolean;

  /** Returns true if the provider supports stop words. The reply is cut at stop words in either case. */
  abstract supportsStopWords(): boolean;

  /** Returns the size of the context window for input and output together, in tokens. `Infinity` if unknown. */
  abstract getContextWindowSize(): number;

  /**
   * Returns true if the provider constrains a reply to the JSON Schema in `responseFormat`, and `call()` sends it. If false,
   * the schema is part of the prompt. Default false.
   */
  supportsResponseFormat(): boolean {
    return false;
  }

  /**
   * The `toolsInHistory` option. A subclass may set it to `true` for a provider that rejects a history with tool calls if the
   * request does not define their tools. The request that forces the answer then keeps the tools and sets `toolChoice: 'none'`.
   */
  readonly toolsInHistory?: boolean;

  /** Hook that performs one turn of a prepared request. The default adapts `call()`. Middleware delegates to it. */
  async respond(request: TurnRequest): Promise<AssistantTurn> {
    const { messages, ...options } = request;
    let reply: string | AssistantTurn;
    try {
      reply = await this.call(messages, enterCall(this, messages, options));
    } finally {
      leaveCall(messages);
    }
    return toAssistantTurn(reply, this.constructor.name, request.tools !== undefined);
  }

  /** Hook that streams one turn; the last part is `finish`. The default emits the result of `respond()` as one part. */
  async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const turn = await this.respond(request);
    yield { type: 'finish', generation: toGeneration(turn) };
  }

  /**
   * Performs one turn of the model. Do not override.
   *
   * @throws {CrewError} a `ConfigurationError` if a message or option is invalid, a `TimeoutError`, an `AbortError`, an
   * `EmptyReplyError`, or an error caused by the endpoint.
   *
   * @example
   * ```ts
   * import type { BaseLLM } from '@crew/core';
   *
   * export async function summarise(llm: BaseLLM, text: string): Promise<string> {
   *   const { text: summary, usage } = await llm.generate(
   *     [
   *       { role: 'system', content: 'Summarise the text in one sentence.' },
   *       { role: 'user', content: text },
   *     ],
   *     { temperature: 0, timeout: 30_000 },
   *   );
   *   console.log(`${usage?.outputTokens ?? 0} tokens`);
   *   return summary;
   * }
   * ```
   */
  async generate(messages: Prompt, options: TurnOptions = {}): Promise<Generation> {
    const turn = this.#begin('this.generate()', messages, options);
    try {
      turn.request.signal.throwIfAborted();
      const reply = await turn.deadline.guard(this.respond(turn.request));
      const again = turn.requestWithoutStop(reply);
      return turn.finish(again === undefined ? reply : await turn.deadline.guard(this.respond(again)));
    } catch (thrown) {
      throw turn.fail(thrown);
    } finally {
      turn.deadline.dispose();
    }
  }

  /**
   * Performs one turn of the model and emits its parts as they arrive; the last part is `finish`. Nothing after a stop
   * word is emitted. Leaving the loop early cancels the request. Throws the same errors as `generate`. Do not override.
   *
   * @example
   * ```ts
   * import { type BaseLLM, printable } from '@crew/core';
   *
   * export async function print(llm: BaseLLM, question: string): Promise<void> {
   *   for await (const part of llm.stream(question)) {
   *     if (part.type === 'text') console.log(printable(part.text));
   *     if (part.type === 'finish') console.log(`Finished: ${part.generation.finishReason}`);
   *   }
   * }
   * ```
   */
  stream(messages: Prompt, options: TurnOptions = {}): AsyncIterable<StreamPart> {
    return streamTurn(
      () => this.#begin('this.stream()', messages, options),
      request => this.respondStream(request),
    );
  }

  /**
   * Generates a value that matches a schema (zod 4, arktype, valibot through `toStandardJsonSchema`, or a JSON Schema). The
   * schema is sent as `responseFormat` if `supportsResponseFormat()` returns true, and in the prompt otherwise. The reply may
   * contain the JSON alone, in a fenced block, or within other text; the last value that matches counts. If none does, the
   * model receives the validator's message with the schema and tries again; three attempts in total. Do not override.
   *
   * @throws {CrewError} a `StructuredOutputError` if no attempt matches, or an error of `generate`.
   */
  generateObject<S extends ToolSchema>(
    messages: Prompt,
    schema: S,
    options?: GenerateObjectOptions,
  ): Promise<GeneratedObject<StandardSchemaV1.InferOutput<S>>>;
  generateObject(
    messages: Prompt,
    schema: JsonObject,
    options?: GenerateObjectOptions,
  ): Promise<GeneratedObject<JsonValue>>;
  async generateObject(
    messages: Prompt,
    schema: unknown,
    options: GenerateObjectOptions = {},
  ): Promise<GeneratedObject<unknown>> {
    rejectInsideCall(this, 'this.generateObject()', messages, options);
    return generateObject(this, messages, schema, options);
  }

  /** Estimates the number of tokens in the messages. Override it if a tokeniser is available. */
  countTokens(messages: readonly Message[]): number {
    return estimateTokens(messages);
  }

  /** Total token usage of all turns of this LLM so far. Each turn is counted once. */
  get usage(): TokenUsage {
    return this.#usage;
  }

  /**
   * Calls the listener for every event of the given type. Returns a function that removes the listener.
   *
   * @example
   * ```ts
   * import type { BaseLLM } from '@crew/core';
   *
   * export function logTurns(llm: BaseLLM): () => void {
   *   return llm.on('turn-finish', ({ generation, durationMs }) => {
   *     console.log(`${generation.finishReason} after ${Math.round(durationMs)} ms`);
   *   });
   * }
   * ```
   */
  on<Type extends CrewEvent['type']>(
    type: Type,
    listener: (event: Extract<CrewEvent, { readonly type: Type }>) => void,
  ): () => void {
    const own = listeners.get(this) ?? new EventListeners();
    listeners.set(this, own);
    return own.add(type, listener as EventCallback);
  }

  /** Releases the resources of the LLM, such as connections and timers. Override it if there are any. */
  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(method: string, messages: Prompt, turnOptions: TurnOptions): TurnLifecycle {
    rejectInsideCall(this, method, messages, turnOptions);
    const options = copyTurnOptions(turnOptions);
    checkTurnOptions(options);
    const { callbacks } = options;
    const own = listeners.get(this);
    const isObserved = (callbacks !== undefined && callbacks.length > 0) || own?.isEmpty === false;
    const emitToAll: EventCallback | undefined = isObserved
      ? event => {
          emit(callbacks, event);
          own?.emit(event);
        }
      : undefined;
    const countUsage = (usage: TokenUsage | undefined): void => {
      this.#usage = addUsage(this.#usage, usage);
    };
    return new TurnLifecycle(this, messages, options, { clock: this.#clock, emit: emitToAll, countUsage });
  }
}

/** Calls the listeners of an LLM (`llm.on`) for an event that belongs to no turn, such as a renewal in the background. */
export function notifyListeners(llm: BaseLLM, event: CrewEvent): void {
  listeners.get(llm)?.emit(event);
}
