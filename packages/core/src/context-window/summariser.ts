import type { BaseLLM } from '../llm/base-llm.ts';
import type { Generation } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
import { packChunks } from './pack-chunks.ts';
import { summaryPrompt } from './summary-prompt.ts';
import type { TokenGauge } from './token-gauge.ts';
import { transcript } from './transcript.ts';

/** Chunks that are summarised at the same time. */
const CONCURRENCY = 4;
/** About as many chunks' worth of text as are summarised. More is a tool that returns too much, not a conversation. */
const MOST_CHUNKS = 64;
/** A chunk, or the summary of one, that is shorter than this says nothing. In tokens. */
const LEAST_CHUNK = 32;
const LEAST_SUMMARY = 100;

/** Asks the model for one summary, as a step of that name; not again before those ahead of it have their answers. */
export type SummaryTurn = (step: string, messages: readonly Message[], ahead: Promise<unknown>) => Promise<Generation>;

/** What is summarised, and how much room there is. */
export interface SummaryWork {
  readonly turn: number;
  readonly kept: readonly Message[];
  readonly rest: readonly Message[];
  /** The longest request, in tokens of the provider. */
  readonly capacity: number;
  /** About how long the summaries may be together, in tokens. */
  readonly target: number;
}

/** Has parts of a conversation summarised by the model itself. */
export class Summariser {
  readonly #llm: BaseLLM;
  readonly #gauge: TokenGauge;
  readonly #ask: SummaryTurn;
  #turn = 0;
  #asked = 0;

  constructor(options: { readonly llm: BaseLLM; readonly gauge: TokenGauge; readonly ask: SummaryTurn }) {
    this.#llm = options.llm;
    this.#gauge = options.gauge;
    this.#ask = options.ask;
  }

  /** The summaries of the rest, chunk by chunk in order. `undefined` when it cannot be cut into chunks that fit. */
  async summarise(work: SummaryWork): Promise<readonly string[] | undefined> {
    if (work.turn !== this.#turn) this.#asked = 0;
    this.#turn = work.turn;
    const passages = transcript(work.rest);
    const frame = this.#size(summaryPrompt('', { kept: work.kept, tokens: work.target, part: 1, parts: MOST_CHUNKS }));
    const count = (text: string): number => this.#size([{ role: 'user', content: text }]);
    const total = passages.reduce((sum, passage) => sum + count(passage), 0);
    const limit = this.#gauge.estimateFor(work.capacity) - frame;
    if (limit < LEAST_CHUNK || total > limit * MOST_CHUNKS) return undefined;
    return this.#summariseChunks(packChunks(passages, limit, count), work);
  }

  /** In batches, and again in their order, so that steps start in the same one however long each takes. */
  async #summariseChunks(chunks: readonly string[], work: SummaryWork): Promise<readonly string[]> {
    const parts = chunks.length;
    const tokens = Math.max(LEAST_SUMMARY, Math.floor(work.target / parts));
    const summaries: string[] = [];
    let ahead: Promise<unknown> = Promise.resolve();
    while (summaries.length < parts) {
      const batch = chunks.slice(summaries.length, summaries.length + CONCURRENCY).map((chunk, index) => {
        const prompt = summaryPrompt(chunk, { kept: work.kept, tokens, part: summaries.length + index + 1, parts });
        this.#asked += 1;
        const asked = this.#ask(`summary/${work.turn}/${this.#asked}`, prompt, ahead);
        ahead = Promise.allSettled([ahead, asked]);
        return asked;
      });
      // All of them, so that none goes on unobserved when one fails.
      for (const settled of await Promise.allSettled(batch)) {
        if (settled.status === 'rejected') throw settled.reason;
        summaries.push(settled.value.text.trim());
      }
    }
    return summaries;
  }

  #size(messages: readonly Message[]): number {
    return this.#llm.countTokens(messages);
  }
}
