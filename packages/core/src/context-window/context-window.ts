import type { BaseLLM } from '../base-llm.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { ContextWindowExceededError } from '../errors/context-window-exceeded-error.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { ResponseError, responseFields } from '../errors/response-error.ts';
import type { Conversation } from '../loop/conversation.ts';
import type { DialectRequest } from '../loop/dialect.ts';
import type { Message } from '../message.ts';
import type { Generation } from '../turn.ts';
import { requestSize } from './request-size.ts';
import { statedWindow } from './stated-window.ts';
import { Summariser, type SummaryTurn } from './summariser.ts';
import { summaryMessage } from './summary-prompt.ts';
import { TokenGauge } from './token-gauge.ts';

/** Summaries of summaries for one request. */
const MOST_ROUNDS = 3;
/** Requests of one turn that may be refused as too long. */
const MOST_OVERFLOWS = 4;
/** What is left for the answer when no `maxTokens` says it: a share of the window, and no more than this. */
const ANSWER_SHARE = 1 / 4;
const MOST_ANSWER = 8192;
/** A server that refuses without naming its window: it is assumed to be this share of what was refused. */
const REFUSED_SHARE = 3 / 4;
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
  /** The longest request that the provider took, as it reported. */
  #longestAccepted = 0;
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
  accepted(request: DialectRequest, generation: Generation): void {
    const { usage } = generation;
    if (this.#size === Number.POSITIVE_INFINITY && usage !== undefined) {
      this.#longestAccepted = Math.max(this.#longestAccepted, usage.inputTokens);
      return;
    }
    if (usage !== undefined) this.#gauge.reported(requestSize(this.#llm, request), usage.inputTokens);
  }

  /** Learns from a request that the provider refused as too long. Throws when trying again is of no use. */
  refused(request: DialectRequest, error: CrewError, times: number): void {
    this.#overflow = error;
    const estimate = requestSize(this.#llm, request);
    const tokens = this.#gauge.conversation(estimate);
    const unknown = this.#size === Number.POSITIVE_INFINITY;
    if (unknown)
      this.#size = statedWindow(error.message) ?? Math.max(this.#longestAccepted, Math.ceil(tokens * REFUSED_SHARE));
    if (!this.#respect || times > MOST_OVERFLOWS) throw this.#exceeded(tokens);
    if (tokens <= this.#size) this.#gauge.overflowed(estimate, this.#size);
    else if (!unknown) throw this.#exceeded(tokens);
  }

  /** The conversation is written in another way from now on. */
  rewritten(): void {
    this.#gauge.restarted();
  }

  /** Puts a summary in the place of what may go. `undefined` when there is nothing to gain. */
  async #summarise(turn: number, write: WriteRequest): Promise<{ readonly chunks: number } | undefined> {
    const capacity = this.#size - this.#room;
    const { kept, rest, free } = this.#divide(capacity, write);
    if (rest.length === 0 || free < LEAST_FREE) return undefined;
    const target = Math.floor(free / 2);
    const summaries = await this.#summariser.summarise({ turn, kept, rest, capacity, target });
    if (summaries === undefined) return undefined;
    this.#conversation.replaceRest(kept, summaryMessage(summaries));
    this.#gauge.restarted();
    return { chunks: summaries.length };
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

  #exceeded(tokens: number): ContextWindowExceededError {
    const cause = this.#overflow;
    if (!this.#respect && ContextWindowExceededError.isInstance(cause)) return cause;
    const why = this.#respect
      ? 'and what cannot be summarised any further is too long'
      : 'and respectContextWindow is false, so it was not summarised';
    return new ContextWindowExceededError(
      `The conversation is about ${tokens} tokens long, ${why}: the model's context window is ${this.#size} tokens, of ` +
        `which ${this.#room} are for the answer. Shorten the instructions, the task or the tools' descriptions, let ` +
        'the tools return less, or use a model with a larger context window.',
      ResponseError.isInstance(cause) ? { ...responseFields(cause.toJSON(), { cause }) } : { cause },
    );
  }

  get #room(): number {
    if (this.#maxTokens !== undefined) return Math.min(this.#maxTokens, Math.floor(this.#size / 2));
    return Math.min(Math.floor(this.#size * ANSWER_SHARE), MOST_ANSWER);
  }

  #count(request: DialectRequest): number {
    return this.#gauge.conversation(requestSize(this.#llm, request));
  }
}
