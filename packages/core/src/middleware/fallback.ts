import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { ConnectionError } from '../errors/connection-errors.ts';
import { ProtocolError, RateLimitError, ResponseError } from '../errors/response-errors.ts';
import { EmptyReplyError, TimeoutError } from '../errors/run-errors.ts';
import { toTurnError } from '../errors/to-turn-error.ts';
import { emit } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { mergeModelSettings } from '../llm/model-settings.ts';
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import { withDataModel } from '../messages/provider-data.ts';
import { MiddlewareLLM } from './middleware-llm.ts';

/** A kind of error: an error class of Crew, or any object that recognises errors. */
export interface ErrorKind {
  /** Returns true if the value is an error of this kind. */
  isInstance(value: unknown): boolean;
}

/**
 * Errors reported by a server with a status of 500 or above (RFC 9110, section 15.6), and without a status by a server that
 * gave up on a turn after it had accepted the request.
 */
const SERVER_ERROR: ErrorKind = {
  isInstance: value =>
    ResponseError.isInstance(value) && (value.status === undefined ? value.code === 'RESPONSE' : value.status >= 500),
};

const DEFAULT_KINDS: readonly ErrorKind[] = [
  RateLimitError,
  ConnectionError,
  TimeoutError,
  ProtocolError,
  SERVER_ERROR,
];

/** Options of `fallback`. */
export interface FallbackOptions {
  /**
   * The kinds of errors after which the next LLM is tried, such as `[RateLimitError, ConnectionError]`. Default: rate
   * limits, connection errors, timeouts, protocol violations, statuses of 500 and above, and errors without a status, with
   * which a server gives up on a turn.
   */
  readonly on?: readonly ErrorKind[] | undefined;
  /** The source of time. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Combines several LLMs into one. Each turn is sent to the first LLM, and after an error of one of the given kinds to the
 * next. A streamed turn does not change its LLM once a part was emitted, and a cancelled turn is not retried.
 *
 * Any of the LLMs may answer a turn. The result therefore supports function calling and response formats only if all of them do, has the
 * smallest of their context windows, and applies the stop words of all. It counts tokens and emits events itself; each
 * change of LLM is a `turn-retry` event without a delay.
 *
 * @throws {ConfigurationError} if there is no LLM, or an option is invalid.
 *
 * @example
 * ```ts
 * import { type BaseLLM, ConnectionError, fallback, RateLimitError } from '@crew/core';
 *
 * export function withBackup(primary: BaseLLM, backup: BaseLLM): BaseLLM {
 *   return fallback([primary, backup], { on: [RateLimitError, ConnectionError] });
 * }
 * ```
 */
export function fallback(llms: readonly BaseLLM[], options: FallbackOptions = {}): BaseLLM {
  return new FallbackLLM(llms, options);
}

class FallbackLLM extends MiddlewareLLM {
  override readonly toolsInHistory: boolean;
  readonly #first: BaseLLM;
  readonly #others: readonly BaseLLM[];
  readonly #on: readonly ErrorKind[];
  readonly #clock: Clock;
  readonly #ownData: OwnData;

  constructor(llms: readonly BaseLLM[], options: FallbackOptions) {
    const { on = DEFAULT_KINDS, clock = systemClock } = copyOptions(options);
    const [first, ...others] = Array.isArray(llms) ? llms : [];
    if (first === undefined || [first, ...others].some(llm => typeof llm?.respond !== 'function')) {
      throw new ConfigurationError('fallback needs a list of LLMs: the primary LLM first, then the fallbacks.');
    }
    if (!Array.isArray(on) || on.some(kind => typeof kind?.isInstance !== 'function')) {
      throw new ConfigurationError('on must be a list of error classes, such as [RateLimitError, ConnectionError].');
    }
    super([first, ...others], { model: first.model, stop: [...new Set(llms.flatMap(llm => llm.stop))], clock });
    this.#first = first;
    this.#others = others;
    this.#on = on;
    this.#clock = clock;
    this.#ownData = new OwnData(llms);
    this.toolsInHistory = llms.some(llm => llm.toolsInHistory === true);
  }

  supportsFunctionCalling(): boolean {
    return this.#llms.every(llm => llm.supportsFunctionCalling());
  }

  /** Returns true if any LLM supports stop words. The others receive none. */
  supportsStopWords(): boolean {
    return this.#llms.some(llm => llm.supportsStopWords());
  }

  override supportsResponseFormat(): boolean {
    return this.#llms.every(llm => llm.supportsResponseFormat());
  }

  getContextWindowSize(): number {
    return Math.min(...this.#llms.map(llm => llm.getContextWindowSize()));
  }

  override countTokens(messages: readonly Message[]): number {
    return Math.max(...this.#llms.map(llm => llm.countTokens(messages)));
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    let llm = this.#first;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.#ownData.mark(this.#requireReply(await llm.respond(this.#requestFor(llm, request)), attempt), llm);
      } catch (thrown) {
        llm = this.#next(attempt, thrown, request);
      }
    }
  }

  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    let llm = this.#first;
    for (let attempt = 1; ; attempt += 1) {
      let hasEmitted = false;
      try {
        for await (const part of llm.respondStream(this.#requestFor(llm, request))) {
          if (part.type === 'finish' && !hasEmitted) this.#requireReply(part.generation, attempt);
          hasEmitted = true;
          yield part.type === 'finish' ? { ...part, generation: this.#ownData.mark(part.generation, llm) } : part;
        }
        return;
      } catch (thrown) {
        if (hasEmitted) throw thrown;
        llm = this.#next(attempt, thrown, request);
      }
    }
  }

  /** Closes all LLMs, even if one of them fails to close. */
  override async close(): Promise<void> {
    for (const closed of await Promise.allSettled(this.#llms.map(llm => llm.close()))) {
      if (closed.status === 'rejected') throw closed.reason;
    }
  }

  get #llms(): readonly BaseLLM[] {
    return [this.#first, ...this.#others];
  }

  /** Returns the request with the messages, stop words and model settings that the LLM would use itself. */
  #requestFor(llm: BaseLLM, request: TurnRequest): TurnRequest {
    const stop = llm.supportsStopWords() ? request.stop : [];
    const messages = this.#ownData.messagesFor(llm, request.messages);
    return {
      ...request,
      ...mergeModelSettings(llm, request),
      messages,
      stop,
      temperature: request.temperature ?? llm.temperature,
    };
  }

  /** Returns the turn. Throws if it is empty and another LLM remains. */
  #requireReply(turn: AssistantTurn, attempt: number): AssistantTurn {
    const isEmpty = turn.text.trim() === '' && (turn.toolCalls ?? []).length === 0;
    if (isEmpty && attempt <= this.#others.length)
      throw new EmptyReplyError('The model replied with neither text nor a tool call.');
    return turn;
  }

  /** Returns the LLM for the turn after the failed attempt, counted from 1. Rethrows the error if there is none. */
  #next(attempt: number, thrown: unknown, request: TurnRequest): BaseLLM {
    const error = toTurnError(thrown);
    const next = this.#others[attempt - 1];
    if (next === undefined || request.signal.aborted || !this.#on.some(kind => kind.isInstance(error))) throw thrown;
    const at = this.#clock.wall();
    emit(request.callbacks, { type: 'turn-retry', at, attempt, delayMs: 0, error: error.toJSON() });
    return next;
  }
}

/**
 * Keeps the provider data of each LLM for that LLM. Data names the model that wrote it; if an LLM has no model, the data gets
 * a name that no request uses, and loses it again only on its way to the same LLM.
 */
class OwnData {
  readonly #llms: readonly BaseLLM[];
  // Cached, because messages never change, and what is cached for them stays valid.
  readonly #unmarked = new WeakMap<Message, Message>();

  constructor(llms: readonly BaseLLM[]) {
    this.#llms = llms;
  }

  /** Returns the turn with data that names its LLM. */
  mark<T extends AssistantTurn>(turn: T, llm: BaseLLM): T {
    if (turn.providerData === undefined) return turn;
    return { ...turn, providerData: withDataModel(turn.providerData, this.#name(llm)) };
  }

  /** Returns the messages as the LLM itself would have written them. */
  messagesFor(llm: BaseLLM, messages: readonly Message[]): readonly Message[] {
    const name = this.#name(llm);
    const isMarked = (message: Message): boolean =>
      message.role === 'assistant' && message.providerData?.model === name && llm.model === undefined;
    return messages.some(isMarked)
      ? messages.map(message => (isMarked(message) ? this.#unmark(message) : message))
      : messages;
  }

  #name(llm: BaseLLM): string {
    return llm.model ?? `fallback/${this.#llms.indexOf(llm)}`;
  }

  #unmark(message: Message): Message {
    if (message.role !== 'assistant' || message.providerData === undefined) return message;
    const { protocol, value } = message.providerData;
    const unmarked =
      this.#unmarked.get(message) ?? prepareMessage({ ...message, providerData: { protocol, value } }, 0);
    this.#unmarked.set(message, unmarked);
    return unmarked;
  }
}
