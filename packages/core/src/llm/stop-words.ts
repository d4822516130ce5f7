import { ConfigurationError } from '../errors/configuration-error.ts';

/**
 * Returns the stop words as a list.
 *
 * @throws {ConfigurationError} if a stop word is empty, because it would cut everything, or is not a string.
 */
export function toStopWords(stop: string | readonly string[] | undefined): string[] {
  if (stop === undefined) return [];
  const words = typeof stop === 'string' ? [stop] : stop;
  if (!Array.isArray(words) || words.some(word => typeof word !== 'string' || word === '')) {
    throw new ConfigurationError('stop must be a non-empty string or a list of non-empty strings.');
  }
  return [...words];
}

/** Returns the LLM's stop words followed by those of the turn, without duplicates. */
export function joinStopWords(own: readonly string[], turn: readonly string[]): readonly string[] {
  return turn.length === 0 ? own : [...new Set([...own, ...turn])];
}

/** Returns the index of the earliest stop word, or -1. */
export function findStopWord(text: string, stops: readonly string[]): number {
  let earliest = -1;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at !== -1 && (earliest === -1 || at < earliest)) earliest = at;
  }
  return earliest;
}

/**
 * Cuts a streamed text at the earliest stop word, even one that is split across deltas. Text that may be the beginning of
 * a stop word is held back until the next delta decides.
 */
export class StopWordCutter {
  readonly #stops: readonly string[];
  #heldText = '';
  #isCut = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Returns true once a stop word was found. No text may be emitted after it. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Returns true while text is held back that may be the beginning of a stop word. */
  get isUndecided(): boolean {
    return this.#heldText !== '';
  }

  /** Adds a delta. Returns the text that may be emitted now. */
  push(delta: string): string {
    if (this.#isCut) return '';
    if (this.#stops.length === 0) return delta;
    const text = this.#heldText + delta;
    const at = findStopWord(text, this.#stops);
    const end = text.length - this.#undecidedLength(text);
    // A longer stop word may begin before a complete one. The word that begins first decides, so wait for it.
    if (at !== -1 && at <= end) {
      this.#isCut = true;
      this.#heldText = '';
      return text.slice(0, at);
    }
    this.#heldText = text.slice(end);
    return text.slice(0, end);
  }

  /** Returns the text that was held back, after the end of the stream. */
  flush(): string {
    const rest = this.#heldText;
    this.#heldText = '';
    const at = findStopWord(rest, this.#stops);
    this.#isCut ||= at !== -1;
    return at === -1 ? rest : rest.slice(0, at);
  }

  /** Returns the length of the longest suffix of the text that is a prefix of a stop word. */
  #undecidedLength(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
