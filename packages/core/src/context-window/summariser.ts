import type { BaseLLM } from '../llm/base-llm.ts';
import type { Generation } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
import { summaryPrompt, transcript } from './summary-prompt.ts';
import type { TokenGauge } from './token-gauge.ts';

/** Chunks that are summarised at the same time. */
const CONCURRENCY = 4;
/** Maximum amount of text, in chunks. More comes from a tool that returns too much, not from a conversation. */
const MAX_CHUNKS = 64;
/** The least useful length of a chunk, in tokens. */
const MIN_CHUNK = 32;
/** The least useful length of the summary of a chunk, in tokens. */
const MIN_SUMMARY = 100;

/** Requests one summary from the model, as a step of that name. It is not retried before the `earlier` requests settle. */
export type SummaryRequest = (
  step: string,
  messages: readonly Message[],
  earlier: Promise<unknown>,
) => Promise<Generation>;

/** The messages to summarise, and the room for the summaries. */
export interface SummaryTask {
  readonly turn: number;
  readonly fixed: readonly Message[];
  readonly summarisable: readonly Message[];
  /** Maximum length of a request, in tokens as the provider counts them. */
  readonly capacity: number;
  /** Approximate length of all summaries together, in tokens. */
  readonly target: number;
}

/** Lets the model summarise parts of its conversation. */
export class Summariser {
  readonly #llm: BaseLLM;
  readonly #gauge: TokenGauge;
  readonly #requestSummary: SummaryRequest;
  #turn = 0;
  /** Summaries requested in the current turn, for the names of the steps. */
  #requests = 0;

  constructor(options: {
    readonly llm: BaseLLM;
    readonly gauge: TokenGauge;
    readonly requestSummary: SummaryRequest;
  }) {
    this.#llm = options.llm;
    this.#gauge = options.gauge;
    this.#requestSummary = options.requestSummary;
  }

  /** Returns the summaries in order, one per chunk. Undefined if the messages cannot be split into chunks that fit. */
  async summarise(task: SummaryTask): Promise<readonly string[] | undefined> {
    if (task.turn !== this.#turn) this.#requests = 0;
    this.#turn = task.turn;
    const passages = transcript(task.summarisable);
    const emptyPrompt = summaryPrompt('', { fixed: task.fixed, tokens: task.target, part: 1, parts: MAX_CHUNKS });
    const count = (text: string): number => this.#llm.countTokens([{ role: 'user', content: text }]);
    const total = passages.reduce((sum, passage) => sum + count(passage), 0);
    const limit = this.#gauge.estimateFor(task.capacity) - this.#llm.countTokens(emptyPrompt);
    if (limit < MIN_CHUNK || total > limit * MAX_CHUNKS) return undefined;
    return this.#summariseChunks(packChunks(passages, limit, count), task);
  }

  /** Summarises in batches. Steps start in the same order however long each takes, retries included. */
  async #summariseChunks(chunks: readonly string[], task: SummaryTask): Promise<readonly string[]> {
    const parts = chunks.length;
    const tokens = Math.max(MIN_SUMMARY, Math.floor(task.target / parts));
    const summaries: string[] = [];
    let earlier: Promise<unknown> = Promise.resolve();
    while (summaries.length < parts) {
      const batch = chunks.slice(summaries.length, summaries.length + CONCURRENCY).map((chunk, index) => {
        const prompt = summaryPrompt(chunk, { fixed: task.fixed, tokens, part: summaries.length + index + 1, parts });
        this.#requests += 1;
        const request = this.#requestSummary(`summary/${task.turn}/${this.#requests}`, prompt, earlier);
        earlier = Promise.allSettled([earlier, request]);
        return request;
      });
      // Waits for the whole batch, so that no request continues unobserved if one fails.
      for (const settled of await Promise.allSettled(batch)) {
        if (settled.status === 'rejected') throw settled.reason;
        summaries.push(settled.value.text.trim());
      }
    }
    return summaries;
  }
}

/**
 * Packs passages in order into chunks of at most `limit` tokens. Each passage is counted once. A passage that is too long
 * by itself is split, at the end of a line or a word if one is near.
 */
function packChunks(passages: readonly string[], limit: number, count: (text: string) => number): readonly string[] {
  const chunks: string[] = [];
  let chunk: string[] = [];
  let filled = 0;
  for (const piece of passages.flatMap(passage => splitText(passage, limit, count))) {
    const tokens = count(piece);
    if (chunk.length > 0 && filled + tokens > limit) {
      chunks.push(chunk.join('\n\n'));
      chunk = [];
      filled = 0;
    }
    chunk.push(piece);
    filled += tokens;
  }
  if (chunk.length > 0) chunks.push(chunk.join('\n\n'));
  return chunks;
}

/** Halves the text until all pieces fit. A piece of one character is not split. */
function splitText(text: string, limit: number, count: (text: string) => number): readonly string[] {
  const at = text.length < 2 || count(text) <= limit ? text.length : splitPoint(text);
  if (at === text.length) return [text];
  return [...splitText(text.slice(0, at), limit, count), ...splitText(text.slice(at), limit, count)];
}

/** Returns an index near the middle: after a line break, else after a space, never within a character. */
function splitPoint(text: string): number {
  const middle = Math.ceil(text.length / 2);
  for (const separator of ['\n', ' ']) {
    const at = text.lastIndexOf(separator, middle - 1) + 1;
    if (at > text.length / 4) return at;
  }
  const code = text.charCodeAt(middle);
  const insidePair = code >= 0xdc00 && code <= 0xdfff;
  return insidePair ? middle + 1 : middle;
}
