import { ConfigurationError } from '../errors/configuration-error.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import { copyOptions } from '../errors/copy-options.ts';
import { EmptyReplyError } from '../errors/empty-reply-error.ts';
import { ProtocolError } from '../errors/protocol-error.ts';
import { RateLimitError } from '../errors/rate-limit-error.ts';
import { ResponseError } from '../errors/response-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { type CrewEvent, emit } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { BaseLLM } from '../llm/base-llm.ts';
import { callByTurns } from '../llm/call-by-turns.ts';
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { CallOptions, TurnRequest } from '../llm/turn-options.ts';
import type { Message, Prompt } from '../messages/message.ts';
import { listenInside } from './listen-inside.ts';

/** A kind of error: an error class of Crew, or anything that tells its own apart. */
export interface ErrorKind {
  isInstance(value: unknown): boolean;
}

/** A server that failed, or is away for now (RFC 9110, section 15.6). */
const SERVER_ERROR: ErrorKind = {
  isInstance: value => ResponseError.isInstance(value) && value.status !== undefined && value.status >= 500,
};

const DEFAULT_KINDS: readonly ErrorKind[] = [
  RateLimitError,
  ConnectionError,
  TimeoutError,
  ProtocolError,
  SERVER_ERROR,
];

/** What `fallback` may be given. */
export interface FallbackOptions {
  /**
   * The errors after which the next LLM is asked: `[RateLimitError, ConnectionError]`, say. Default: rate limits,
   * connections, timeouts, garbled answers and statuses of 500 and above.
   */
  readonly on?: readonly ErrorKind[] | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Several LLMs as one: each turn asks the first, and after an error of a kind that is named, the next. A streamed turn
 * that has shown something stays with its LLM; a cancelled one is not asked again. Since a turn may be answered by any
 * of them, all must call functions for this one to, the smallest context window counts, and the stop words of all are
 * in effect. Tokens are counted and events are told by this one; each change is a `turn-retry` event without a delay.
 *
 * @throws {ConfigurationError} when there is no LLM, or an option is wrong.
 */
export function fallback(llms: readonly BaseLLM[], options: FallbackOptions = {}): BaseLLM {
  return new FallbackLLM(llms, options);
}

class FallbackLLM extends BaseLLM {
  override readonly toolsInHistory: boolean;
  readonly #first: BaseLLM;
  readonly #others: readonly BaseLLM[];
  readonly #on: readonly ErrorKind[];
  readonly #clock: Clock;

  constructor(llms: readonly BaseLLM[], options: FallbackOptions) {
    const { on = DEFAULT_KINDS, clock = systemClock } = copyOptions(options);
    const [first, ...others] = Array.isArray(llms) ? llms : [];
    if (first === undefined || [first, ...others].some(llm => typeof llm?.respond !== 'function')) {
      throw new ConfigurationError('fallback needs a list of LLMs: the one to ask first, then those to fall back on.');
    }
    if (!Array.isArray(on) || on.some(kind => typeof kind?.isInstance !== 'function')) {
      throw new ConfigurationError('on must be a list of error classes, such as [RateLimitError, ConnectionError].');
    }
    super({ model: first.model, stop: [...new Set(llms.flatMap(llm => llm.stop))], clock });
    this.#first = first;
    this.#others = others;
    this.#on = on;
    this.#clock = clock;
    this.toolsInHistory = llms.some(llm => llm.toolsInHistory === true);
  }

  call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn> {
    return callByTurns(this, messages, options, this.#clock);
  }

  supportsFunctionCalling(): boolean {
    return this.#llms.every(llm => llm.supportsFunctionCalling());
  }

  /** True when any does: the others are sent none. */
  supportsStopWords(): boolean {
    return this.#llms.some(llm => llm.supportsStopWords());
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
        return this.#notEmpty(await llm.respond(requestFor(llm, request)), attempt);
      } catch (thrown) {
        llm = this.#next(attempt, thrown, request);
      }
    }
  }

  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    let llm = this.#first;
    for (let attempt = 1; ; attempt += 1) {
      let shown = false;
      try {
        for await (const part of llm.respondStream(requestFor(llm, request))) {
          if (part.type === 'finish' && !shown) this.#notEmpty(part.generation, attempt);
          shown = true;
          yield part;
        }
        return;
      } catch (thrown) {
        if (shown) throw thrown;
        llm = this.#next(attempt, thrown, request);
      }
    }
  }

  override on<Type extends CrewEvent['type']>(
    type: Type,
    listener: (event: Extract<CrewEvent, { readonly type: Type }>) => void,
  ): () => void {
    return listenInside(super.on(type, listener), this.#llms, type, listener);
  }

  /** Closes all of them, also when one fails to. */
  override async close(): Promise<void> {
    for (const closed of await Promise.allSettled(this.#llms.map(llm => llm.close()))) {
      if (closed.status === 'rejected') throw closed.reason;
    }
  }

  get #llms(): readonly BaseLLM[] {
    return [this.#first, ...this.#others];
  }

  /** An empty reply is an error like another while somebody else can be asked. */
  #notEmpty(turn: AssistantTurn, attempt: number): AssistantTurn {
    const empty = turn.text.trim() === '' && (turn.toolCalls ?? []).length === 0;
    if (empty && attempt <= this.#others.length) throw new EmptyReplyError('The model answered with nothing.');
    return turn;
  }

  /** The LLM to ask after the failure of that attempt, counted from 1. Throws the failure when there is none. */
  #next(attempt: number, thrown: unknown, request: TurnRequest): BaseLLM {
    const error = toCrewError(thrown, 'The model turn');
    const next = this.#others[attempt - 1];
    if (next === undefined || request.signal.aborted || !this.#on.some(kind => kind.isInstance(error))) throw thrown;
    const at = this.#clock.wall();
    emit(request.callbacks, { type: 'turn-retry', at, attempt, delayMs: 0, error: error.toJSON() });
    return next;
  }
}

/** The request as that LLM would have got it itself. */
function requestFor(llm: BaseLLM, request: TurnRequest): TurnRequest {
  const stop = llm.supportsStopWords() ? request.stop : [];
  return { ...request, stop, temperature: request.temperature ?? llm.temperature };
}
