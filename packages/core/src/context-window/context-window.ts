import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Generation } from '../llm/turn.ts';
import type { Conversation } from '../loop/conversation.ts';
import type { DialectRequest } from '../loop/dialect.ts';
import { recogniseRefusal } from '../loop/recognise-refusal.ts';
import type { Message } from '../messages/message.ts';
import { requestSize } from './request-size.ts';
import { statedWindow } from './stated-window.ts';
import { Summariser, type SummaryTurn } from './summariser.ts';
import { summaryMessage } from './summary-prompt.ts';
import { TokenGauge } from './token-gauge.ts';
import { windowExceeded } from './window-exceeded.ts';

/** Summaries of summaries for one request. */
const MOST_ROUNDS = 3;
/** Requests that may be refused as too long for one turn, or for one round of summaries. */
const MOST_OVERFLOWS = 4;
/** What is left for the answer when no `maxTokens` says it: a share of the window, and no more than this. */
const ANSWER_SHARE = 1 / 4;
const MOST_ANSWER = 8192;
/** What any model can read, in tokens. */
const LEAST_WINDOW = 1024;
/** A summary that had to be shorter would say nothing. In tokens. */
const LEAST_FREE = 64;

/** Writes the request for some messages of the conversation. */
export type WriteRequest = (messages: readonly Message[]) => DialectRequest;

/** What a summary did, for the event. */
export interface SummaryReport {
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly contextWindow: number;
  readonly chunks: number;
}

/** Keeps the requests of one run inside the model's context window. */
export class ContextWindow {
  readonly #llm: BaseLLM;
  readonly #conversation: Conversation;
  readonly #respect: boolean;
  readonly #maxTokens: number | undefined;
  readonly #report: (report: SummaryReport) => void;
  readonly #gauge = new TokenGauge();
  readonly #summariser: Summariser;
  #size: number;
  /** Whether the provider refused something without saying how long its window is: then `#size` is a guess. */
  #guessed = false;
  /** What is known to fit: the last request that the provider took, and the most input tokens that it reported. */
  #accepted: { readonly request: DialectRequest; readonly messageCount: number } | undefined;
  #mostReported = 0;
  #overflow: CrewError | undefined;

  constructor(options: {
    readonly llm: BaseLLM;
    readonly conversation: Conversation;
    readonly respect: boolean;
    readonly maxTokens: number | undefined;
    readonly ask: SummaryTurn;
    readonly report: (report: SummaryReport) => void;
  }) {
    const { llm, conversation, respect, maxTokens, ask, report } = options;
    const size = llm.getContextWindowSize();
    if (!(size > 0)) {
      throw new ConfigurationError(
        `${llm.constructor.name}.getContextWindowSize() must give a positive number of tokens, or Infinity.`,
      );
    }
    this.#llm = llm;
    this.#conversation = conversation;
    this.#respect = respect;
    this.#maxTokens = maxTokens;
    this.#report = report;
    this.#size = size;
    this.#summariser = new Summariser({ llm, gauge: this.#gauge, ask });
  }

  /**
   * The request for a turn, after as much summarising as it takes. Throws a `ContextWindowExceededError` when what must
   * stay is too long by itself.
   */
  async fit(turn: number, write: WriteRequest): Promise<DialectRequest> {
    let request = write(this.#conversation.messages);
    if (this.#size === Number.POSITIVE_INFINITY) return request;
    for (let round = 1; ; round += 1) {
      const tokens = this.#count(request);
      if (tokens <= this.#size - this.#room) return request;
      if (!this.#respect) throw this.#exceeded(tokens);
      const report = round <= MOST_ROUNDS ? await this.#summarise(turn, write) : undefined;
      if (report === undefined) {
        // The room is for the answer's sake: what the model can read is still worth asking.
        if (tokens <= this.#size) return request;
        throw this.#exceeded(tokens);
      }
      request = write(this.#conversation.messages);
      const tokensAfter = this.#count(request);
      this.#report({ ...report, tokensBefore: tokens, tokensAfter, contextWindow: this.#size });
    }
  }

  /** Learns from a turn that the provider took. */
  accepted(request: DialectRequest, { usage }: Generation): void {
    // A conversation grows in place: how much of it was sent is its length now.
    this.#accepted = { request, messageCount: request.messages.length };
    if (usage === undefined) return;
    this.#mostReported = Math.max(this.#mostReported, usage.inputTokens);
    if (this.#size === Number.POSITIVE_INFINITY) return;
    this.#gauge.reported(requestSize(this.#llm, request), usage.inputTokens);
  }

  /** Learns from a request that the provider refused as too long. Throws when trying again is of no use. */
  refused(request: DialectRequest, error: CrewError, times: number): void {
    const estimate = requestSize(this.#llm, request);
    const tokens = this.#gauge.conversation(estimate);
    this.#overflow = error;
    if (!this.#respect || times > MOST_OVERFLOWS) throw this.#exceeded(tokens);
    if (this.#size === Number.POSITIVE_INFINITY) {
      const stated = statedWindow(error.message);
      this.#guessed = stated === undefined;
      this.#size = stated ?? this.#size;
    }
    this.#tooLong(estimate, tokens);
  }

  /** The conversation is written in another way from now on. */
  rewritten(): void {
    this.#gauge.restarted();
  }

  /** A guessed window lies between what was taken and what was refused; a known one means a wrong estimate. */
  #tooLong(estimate: number, tokens: number): void {
    if (this.#guessed) this.#size = Math.min(this.#size, Math.ceil(Math.sqrt(this.#knownToFit() * tokens)));
    if (tokens <= this.#size) this.#gauge.overflowed(estimate, this.#size);
  }

  #knownToFit(): number {
    if (this.#accepted === undefined) return LEAST_WINDOW;
    const { request, messageCount } = this.#accepted;
    const messages = request.messages.slice(0, messageCount);
    return Math.max(LEAST_WINDOW, this.#mostReported, requestSize(this.#llm, { ...request, messages }));
  }

  /** Puts a summary in the place of what may go. `undefined` when there is nothing to gain. */
  async #summarise(turn: number, write: WriteRequest): Promise<{ readonly chunks: number } | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const capacity = this.#size - this.#room;
      const { kept, rest, free } = this.#divide(capacity, write);
      if (rest.length === 0 || free < LEAST_FREE) return undefined;
      const target = Math.floor(free / 2);
      try {
        const summaries = await this.#summariser.summarise({ turn, kept, rest, capacity, target });
        if (summaries === undefined) return undefined;
        this.#conversation.replaceRest(kept, summaryMessage(summaries));
        this.#gauge.restarted();
        return { chunks: summaries.length };
      } catch (thrown) {
        if (recogniseRefusal(thrown) !== 'context-overflow') throw thrown;
        this.#overflow = toCrewError(thrown, 'The model turn');
        if (attempt > MOST_OVERFLOWS) throw this.#exceeded(capacity);
        this.#tooLong(this.#gauge.estimateFor(capacity), capacity);
      }
    }
  }

  /** What stays, and what room that leaves. An earlier question stays beside the task while it is short. */
  #divide(
    capacity: number,
    write: WriteRequest,
  ): { readonly kept: readonly Message[]; readonly rest: readonly Message[]; readonly free: number } {
    const freeBeside = (kept: readonly Message[]): number =>
      capacity - this.#gauge.text(requestSize(this.#llm, write(kept)));
    const both = this.#conversation.split(true);
    const free = freeBeside(both.kept);
    if (free >= capacity / 2) return { ...both, free };
    const one = this.#conversation.split(false);
    return { ...one, free: freeBeside(one.kept) };
  }

  #exceeded(tokens: number): CrewError {
    return windowExceeded({
      tokens,
      size: this.#size,
      room: this.#room,
      respect: this.#respect,
      refusal: this.#overflow,
    });
  }

  get #room(): number {
    if (this.#maxTokens !== undefined) return Math.min(this.#maxTokens, Math.floor(this.#size / 2));
    return Math.min(Math.floor(this.#size * ANSWER_SHARE), MOST_ANSWER);
  }

  #count(request: DialectRequest): number {
    return this.#gauge.conversation(requestSize(this.#llm, request));
  }
}
