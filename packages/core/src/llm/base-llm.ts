import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { copyOptions } from '../errors/copy-options.ts';
import { type CrewEvent, type EventCallback, emit } from '../events/event.ts';
import { Listeners } from '../events/listeners.ts';
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
import { toAssistantTurn, toGeneration } from './assistant-turn.ts';
import { checkTurnOptions } from './check-turn-options.ts';
import { enterCall, leaveCall, refuseInsideCall } from './inside-call.ts';
import { toStopWords } from './stop-words.ts';
import { streamTurn } from './stream-turn.ts';
import { addUsage, NO_USAGE } from './token-usage.ts';
import type { AssistantTurn, Generation, StreamPart, TokenUsage } from './turn.ts';
import { Turn } from './turn-lifecycle.ts';
import { type CallOptions, copyTurnOptions, type TurnOptions, type TurnRequest } from './turn-options.ts';

/** What every LLM takes. */
export interface BaseLLMOptions {
  /** The model's name, where the endpoint serves several. */
  readonly model?: string | undefined;
  /** Used by turns that set none of their own. */
  readonly temperature?: number | undefined;
  /** Stop words of every turn. */
  readonly stop?: string | readonly string[] | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const listeners = new WeakMap<BaseLLM, Listeners>();

/**
 * A model behind some endpoint. A custom LLM writes four methods: `call`, `supportsFunctionCalling`,
 * `supportsStopWords` and `getContextWindowSize`. Agents use it through `generate` and `stream`, which do everything
 * around the request: check messages, join stop words and cut at them, keep the deadline, count tokens, tell events,
 * and turn what was thrown into a `CrewError`.
 */
export abstract class BaseLLM implements AsyncDisposable {
  /** The model's name, where the endpoint serves several. */
  readonly model: string | undefined;
  /** The temperature of turns that set none. May be changed between turns. */
  temperature: number | undefined;
  /** Stop words of every turn, before the turn's own. May be changed between turns. */
  stop: string[];
  readonly #clock: Clock;
  #usage: TokenUsage = NO_USAGE;

  /** @throws {ConfigurationError} for a wrong option. */
  constructor(options: BaseLLMOptions = {}) {
    const { model, temperature, stop, clock = systemClock } = copyOptions(options);
    if (model !== undefined && (typeof model !== 'string' || model === '')) {
      throw new ConfigurationError('model must be a non-empty string, or left out.');
    }
    if (temperature !== undefined && !Number.isFinite(temperature)) {
      throw new ConfigurationError('temperature must be a number, or left out.');
    }
    this.model = model;
    this.temperature = temperature;
    this.stop = toStopWords(stop);
    this.#clock = clock;
  }

  /**
   * Asks the model. Given `availableFunctions` it runs the tools itself and resolves to the final text; without them it
   * resolves to the text, or to an `AssistantTurn` with the tool calls for the caller to run.
   */
  abstract call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;

  /** Whether the provider takes tool definitions. `false` makes agents use the text (ReAct) protocol. */
  abstract supportsFunctionCalling(): boolean;

  /** Whether the provider takes stop words. The reply is cut at them in either case. */
  abstract supportsStopWords(): boolean;

  /** How many tokens the model can read and write together. `Infinity` when unknown. */
  abstract getContextWindowSize(): number;

  /**
   * Set to `true` for a provider that refuses a history with tool calls unless their tools are defined in the request:
   * the request that forces the answer then keeps them, with `toolChoice: 'none'`.
   */
  readonly toolsInHistory?: boolean;

  /** Hook: one raw turn of a prepared request. The default adapts `call()`. Wrappers delegate to it. */
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

  /** Hook: the same turn in parts, the last one `finish`. The default is `respond()` as one `finish` part. */
  async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const turn = await this.respond(request);
    yield { type: 'finish', generation: toGeneration(turn) };
  }

  /**
   * One turn of the model. Never overridden.
   *
   * @throws {CrewError} `ConfigurationError` for a wrong message or option; `TimeoutError`, `AbortError`;
   * `EmptyReplyError`; and what the endpoint gave rise to.
   */
  async generate(messages: Prompt, options: TurnOptions = {}): Promise<Generation> {
    const turn = this.#begin('this.generate()', messages, options);
    try {
      turn.request.signal.throwIfAborted();
      return turn.finish(await turn.deadline.guard(this.respond(turn.request)));
    } catch (thrown) {
      throw turn.failed(thrown);
    } finally {
      turn.deadline.dispose();
    }
  }

  /**
   * The same turn as it arrives; the last part is `finish`. Nothing after a stop word is ever given. Leaving the loop
   * early cancels the request. Never overridden. Throws as `generate` does.
   */
  stream(messages: Prompt, options: TurnOptions = {}): AsyncIterable<StreamPart> {
    return streamTurn(
      () => this.#begin('this.stream()', messages, options),
      request => this.respondStream(request),
    );
  }

  /**
   * Asks for a value that fits a schema (zod 4, arktype, valibot through `toStandardJsonSchema`, or a JSON Schema). The
   * schema goes into the request as `responseFormat` where the LLM calls functions, and into the prompt otherwise. The
   * reply may hold the JSON alone, in a fenced block, or within other text; one that does not fit is answered with the
   * validator's message, and the model is asked again, three times in all. Never overridden.
   *
   * @throws {CrewError} `StructuredOutputError` when no attempt fits; and what `generate` throws.
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
    refuseInsideCall(this, 'this.generateObject()', messages, options);
    return generateObject(this, messages, schema, options);
  }

  /** About how many tokens the messages are. Override it where a tokeniser is at hand. */
  countTokens(messages: readonly Message[]): number {
    return estimateTokens(messages);
  }

  /** Tokens of all turns of this LLM so far, each counted once. */
  get usage(): TokenUsage {
    return this.#usage;
  }

  /** Calls `listener` for every event of that type; what comes back removes it again. */
  on<Type extends CrewEvent['type']>(
    type: Type,
    listener: (event: Extract<CrewEvent, { readonly type: Type }>) => void,
  ): () => void {
    const own = listeners.get(this) ?? new Listeners();
    listeners.set(this, own);
    return own.add(type, listener as EventCallback);
  }

  /** Frees what the LLM holds: connections, timers. Override it where there is something to free. */
  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(method: string, messages: Prompt, given: TurnOptions): Turn {
    refuseInsideCall(this, method, messages, given);
    const options = copyTurnOptions(given);
    checkTurnOptions(options);
    const { callbacks } = options;
    const own = listeners.get(this);
    const heard = (callbacks !== undefined && callbacks.length > 0) || own?.any === true;
    const tell: EventCallback | undefined = heard
      ? event => {
          emit(callbacks, event);
          own?.tell(event);
        }
      : undefined;
    const count = (usage: TokenUsage | undefined): void => {
      this.#usage = addUsage(this.#usage, usage);
    };
    return new Turn(this, messages, options, { clock: this.#clock, emit: tell, count });
  }
}

/** Tells the listeners of an LLM (`llm.on`) of something that belongs to no turn: a renewal in the background, say. */
export function notifyListeners(llm: BaseLLM, event: CrewEvent): void {
  listeners.get(llm)?.tell(event);
}
