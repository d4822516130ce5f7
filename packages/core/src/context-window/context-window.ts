import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { ContextWindowExceededError, ResponseError, responseFields } from '../errors/response-errors.ts';
import { toTurnError } from '../errors/to-turn-error.ts';
import type { Generation } from '../llm/turn.ts';
import type { DividedConversation } from '../loop/conversation.ts';
import { recogniseLimit } from '../loop/provider-limit.ts';
import type { ToolLoopRun } from '../loop/tool-loop-run.ts';
import type { ModelRequest } from '../loop/tool-protocol.ts';
import type { Message } from '../messages/message.ts';
import { Summariser, type SummaryRequest } from './summariser.ts';
import { summaryMessage } from './summary-prompt.ts';
import { estimateRequest, TokenGauge } from './token-gauge.ts';

/** Maximum rounds of summarising for one request. In each, earlier summaries are summarised again. */
const MAX_ROUNDS = 3;
/** Maximum number of requests rejected as too long, for one turn or one round of summarising. */
const MAX_OVERFLOWS = 4;
/** Room for the answer if `maxTokens` is not set: a share of the window, limited to a number of tokens. */
const ANSWER_SHARE = 1 / 4;
const MAX_ANSWER = 8192;
/** The smallest context window of any model, in tokens. */
const MIN_WINDOW = 1024;
/** The least room for a useful summary, in tokens. */
const MIN_FREE = 64;

/** Encodes messages of the conversation as a request. */
type EncodeRequest = (messages: readonly Message[]) => ModelRequest;

/** Keeps the requests of one run within the model's context window, by summarising the conversation. */
export class ContextWindow {
  readonly #run: ToolLoopRun;
  readonly #respect: boolean;
  readonly #gauge = new TokenGauge();
  readonly #summariser: Summariser;
  /** The size of the context window, in tokens. */
  #size: number;
  /** True if the provider rejected a request without stating the size of its window: `#size` is then a guess. */
  #guessed = false;
  /** The last request that the provider accepted. It shows which length is known to fit. */
  #lastAccepted: { readonly request: ModelRequest; readonly messageCount: number } | undefined;
  #maxReportedTokens = 0;
  #overflow: CrewError | undefined;

  constructor(options: { readonly run: ToolLoopRun; readonly requestSummary: SummaryRequest }) {
    const { run, requestSummary } = options;
    const { llm } = run;
    const size = llm.getContextWindowSize();
    if (!(size > 0)) {
      throw new ConfigurationError(
        `${llm.constructor.name}.getContextWindowSize() returned ${size}. Return a positive number of tokens, or Infinity.`,
      );
    }
    this.#run = run;
    this.#respect = run.options.respectContextWindow ?? true;
    this.#size = size;
    this.#summariser = new Summariser({ llm, gauge: this.#gauge, requestSummary });
  }

  /**
   * Returns the request for a turn, after summarising the conversation as far as necessary.
   *
   * @throws {ContextWindowExceededError} if the messages that must stay are too long by themselves.
   */
  async fit(turn: number, encode: EncodeRequest): Promise<ModelRequest> {
    let request = encode(this.#run.conversation.messages);
    if (this.#size === Number.POSITIVE_INFINITY) return request;
    for (let round = 1; ; round += 1) {
      const tokens = this.#count(request);
      if (tokens <= this.#size - this.#room) return request;
      if (!this.#respect) throw this.#exceeded(tokens);
      const chunks = round <= MAX_ROUNDS ? await this.#summarise(turn, encode) : undefined;
      if (chunks === undefined) {
        // A request that leaves too little room for the answer is still worth sending.
        if (tokens <= this.#size) return request;
        throw this.#exceeded(tokens);
      }
      request = encode(this.#run.conversation.messages);
      const tokensAfter = this.#count(request);
      this.#emitSummarised(chunks, tokens, tokensAfter);
    }
  }

  /** Adjusts the estimates to a request that the provider accepted. */
  accepted(request: ModelRequest, { usage }: Generation): void {
    // The list of messages can grow in place, so that its current length is recorded.
    this.#lastAccepted = { request, messageCount: request.messages.length };
    if (usage === undefined) return;
    this.#maxReportedTokens = Math.max(this.#maxReportedTokens, usage.inputTokens);
    if (this.#size === Number.POSITIVE_INFINITY) return;
    this.#gauge.calibrate(estimateRequest(this.#run.llm, request), usage.inputTokens);
  }

  /**
   * Adjusts the estimates to a request that the provider rejected as too long, for the `count`th time in this turn.
   *
   * @throws {ContextWindowExceededError} if another attempt is of no use.
   */
  overflowed(request: ModelRequest, error: CrewError, count: number): void {
    const estimate = estimateRequest(this.#run.llm, request);
    const tokens = this.#gauge.conversationTokens(estimate);
    this.#overflow = error;
    if (!this.#respect || count > MAX_OVERFLOWS) throw this.#exceeded(tokens);
    if (this.#size === Number.POSITIVE_INFINITY) {
      const stated = statedWindowSize(error.message);
      this.#guessed = stated === undefined;
      this.#size = stated ?? this.#size;
    }
    this.#adjustAfterOverflow(estimate, tokens);
  }

  /** Discards what was measured: the conversation is encoded differently from now on. */
  encodingChanged(): void {
    this.#gauge.reset();
  }

  /**
   * A guessed window size is lowered to a value between the lengths that were accepted and rejected. If the size is known,
   * the estimate was too low.
   */
  #adjustAfterOverflow(estimate: number, tokens: number): void {
    if (this.#guessed) this.#size = Math.min(this.#size, Math.ceil(Math.sqrt(this.#tokensKnownToFit() * tokens)));
    if (tokens <= this.#size) this.#gauge.overflowed(estimate, this.#size);
  }

  #tokensKnownToFit(): number {
    if (this.#lastAccepted === undefined) return MIN_WINDOW;
    const { request, messageCount } = this.#lastAccepted;
    const messages = request.messages.slice(0, messageCount);
    return Math.max(MIN_WINDOW, this.#maxReportedTokens, estimateRequest(this.#run.llm, { ...request, messages }));
  }

  /** Replaces messages by a summary. Returns its number of chunks, or undefined if there is nothing to gain. */
  async #summarise(turn: number, encode: EncodeRequest): Promise<number | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const capacity = this.#size - this.#room;
      const { fixed, summarisable, free } = this.#divide(capacity, encode);
      if (summarisable.length === 0 || free < MIN_FREE) return undefined;
      const target = Math.floor(free / 2);
      try {
        const summaries = await this.#summariser.summarise({ turn, fixed, summarisable, capacity, target });
        if (summaries === undefined) return undefined;
        this.#run.conversation.replaceBySummary(fixed, summaryMessage(summaries));
        this.#gauge.reset();
        return summaries.length;
      } catch (thrown) {
        if (recogniseLimit(thrown) !== 'context-overflow') throw thrown;
        this.#overflow = toTurnError(thrown);
        if (attempt > MAX_OVERFLOWS) throw this.#exceeded(capacity);
        this.#adjustAfterOverflow(this.#gauge.estimateFor(capacity), capacity);
      }
    }
  }

  /** Divides the conversation. The first user message stays in addition to the task if it is short. */
  #divide(capacity: number, encode: EncodeRequest): DividedConversation & { readonly free: number } {
    const freeTokens = (fixed: readonly Message[]): number =>
      capacity - this.#gauge.textTokens(estimateRequest(this.#run.llm, encode(fixed)));
    const withFirst = this.#run.conversation.divide(true);
    const free = freeTokens(withFirst.fixed);
    if (free >= capacity / 2) return { ...withFirst, free };
    const withoutFirst = this.#run.conversation.divide(false);
    return { ...withoutFirst, free: freeTokens(withoutFirst.fixed) };
  }

  #exceeded(tokens: number): CrewError {
    const overflow = this.#overflow;
    if (!this.#respect && ContextWindowExceededError.isInstance(overflow)) return overflow;
    const reason = this.#respect
      ? 'and it cannot be summarised any further'
      : 'and respectContextWindow is false, so it was not summarised';
    const cause = overflow === undefined ? {} : { cause: overflow };
    return new ContextWindowExceededError(
      `The conversation is about ${tokens} tokens long, ${reason}: the model's context window is ${this.#size} tokens, of ` +
        `which ${this.#room} are reserved for the answer. Shorten the instructions, the task or the tools' descriptions, ` +
        'let the tools return less, or use a model with a larger context window.',
      ResponseError.isInstance(overflow) ? responseFields(overflow.toJSON(), cause) : cause,
    );
  }

  #emitSummarised(chunks: number, tokensBefore: number, tokensAfter: number): void {
    const { id: parentId, clock } = this.#run;
    const contextWindow = this.#size;
    this.#run.emit({
      type: 'context-summarised',
      parentId,
      at: clock.wall(),
      tokensBefore,
      tokensAfter,
      contextWindow,
      chunks,
    });
  }

  /** Tokens reserved for the answer. */
  get #room(): number {
    const maxTokens = this.#run.options.maxTokens ?? this.#run.llm.maxTokens;
    if (maxTokens !== undefined) return Math.min(maxTokens, Math.floor(this.#size / 2));
    return Math.min(Math.floor(this.#size * ANSWER_SHARE), MAX_ANSWER);
  }

  #count(request: ModelRequest): number {
    return this.#gauge.conversationTokens(estimateRequest(this.#run.llm, request));
  }
}

/**
 * "maximum context length is 8192 tokens", "the available context size (8,192 tokens)", "n_ctx = 8192", "maximum model length
 * of 65536", "exceeded model token limit: 131072", "exceeds the limit of 64000", "Limit 6000, Requested 7500".
 */
const STATED_SIZE =
  /(?:context[ _](?:length|window|size|limit)|n_ctx|(?:model|prompt|input) length|token limit|the limit of|\bmax size|: limit)\D{0,30}?(\d{1,3}(?:,\d{3}){1,3}|\d{3,9})/i;

/** Returns the size of the context window that the server states in an overflow error. */
function statedWindowSize(message: string): number | undefined {
  const digits = STATED_SIZE.exec(message)?.[1]?.replaceAll(',', '');
  // A smaller number near those words is something else, such as a status.
  return digits === undefined || Number(digits) < MIN_WINDOW ? undefined : Number(digits);
}
