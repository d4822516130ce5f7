import { ConfigurationError } from '../errors/configuration-error.ts';

/** Stop words as a list. An empty word would cut everything and is a `ConfigurationError`. */
export function toStopWords(stop: string | readonly string[] | undefined): string[] {
  if (stop === undefined) return [];
  const words = typeof stop === 'string' ? [stop] : stop;
  if (!Array.isArray(words) || words.some(word => typeof word !== 'string' || word === '')) {
    throw new ConfigurationError('stop must be a non-empty string or a list of them.');
  }
  return [...words];
}

/** The LLM's own words first, then the call's, without repeats. */
export function joinStopWords(own: readonly string[], call: readonly string[]): readonly string[] {
  return call.length === 0 ? own : [...new Set([...own, ...call])];
}

/** Where the earliest stop word begins, or -1. */
export function findStopWord(text: string, stops: readonly string[]): number {
  let earliest = -1;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at !== -1 && (earliest === -1 || at < earliest)) earliest = at;
  }
  return earliest;
}

/**
 * Cuts a streamed text at the earliest stop word, also one that is split over deltas: what could be the beginning of a
 * stop word is held back until the next delta decides.
 */
export class StopWordCutter {
  readonly #stops: readonly string[];
  #held = '';
  /** Whether a stop word was met. Nothing may be emitted any more. */
  stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Whether text is held back that may turn out to be a stop word. */
  get undecided(): boolean {
    return this.#held !== '';
  }

  /** What of the text so far may be emitted now. */
  push(delta: string): string {
    if (this.stopped) return '';
    if (this.#stops.length === 0) return delta;
    const text = this.#held + delta;
    const at = findStopWord(text, this.#stops);
    const undecided = text.length - this.#pending(text);
    // A longer word may have begun before a complete one: whichever begins first decides, so wait for it.
    if (at !== -1 && at <= undecided) {
      this.stopped = true;
      this.#held = '';
      return text.slice(0, at);
    }
    this.#held = text.slice(undecided);
    return text.slice(0, undecided);
  }

  /** What was held back, once the text is known to have ended. */
  flush(): string {
    const rest = this.#held;
    this.#held = '';
    const at = findStopWord(rest, this.#stops);
    this.stopped ||= at !== -1;
    return at === -1 ? rest : rest.slice(0, at);
  }

  /** The length of the longest end of the text that is the beginning of a stop word. */
  #pending(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
