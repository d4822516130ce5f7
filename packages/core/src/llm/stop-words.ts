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

/** A stop word that ends a reply only where its condition holds. The ReAct protocol has one. */
export interface ConditionalStopWord {
  readonly word: string;
  /** Returns true if the word ends a reply that consists of this text so far. */
  endsAfter(text: string): boolean;
}

/** The name under which the tool loop passes a conditional stop word to a turn. */
export const CONDITIONAL_STOP: unique symbol = Symbol('crew.conditionalStop');

/** The option of a turn that the tool loop adds. */
export interface ConditionalStopOption {
  readonly [CONDITIONAL_STOP]?: ConditionalStopWord | undefined;
}

/** Maximum number of times that the condition of one reply is evaluated, since each reads the whole text. */
const MAX_EVALUATIONS = 8;

/**
 * Cuts a streamed text at the earliest stop word, even one that is split across deltas. Text that may be the beginning of
 * a stop word is held back until the next delta decides.
 */
export class StopWordCutter {
  readonly #stops: readonly string[];
  readonly #conditional: ConditionalStopWord | undefined;
  readonly #words: readonly string[];
  #evaluations = 0;
  /** The text emitted so far, if there is a condition. */
  #emittedText = '';
  #heldText = '';
  #isCut = false;

  constructor(stops: readonly string[], conditional?: ConditionalStopWord) {
    this.#stops = stops;
    this.#conditional = conditional;
    this.#words = conditional === undefined ? stops : [...stops, conditional.word];
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
    if (this.#words.length === 0) return delta;
    const text = this.#heldText + delta;
    const at = this.#find(text);
    const end = text.length - this.#undecidedLength(text);
    // A longer stop word may begin before a complete one. The word that begins first decides, so wait for it.
    if (at !== -1 && at <= end) {
      this.#isCut = true;
      this.#heldText = '';
      return text.slice(0, at);
    }
    this.#heldText = text.slice(end);
    const emitted = text.slice(0, end);
    if (this.#conditional !== undefined) this.#emittedText += emitted;
    return emitted;
  }

  /** Returns the text that was held back, after the end of the stream. */
  flush(): string {
    const rest = this.#heldText;
    this.#heldText = '';
    const at = this.#find(rest);
    this.#isCut ||= at !== -1;
    return at === -1 ? rest : rest.slice(0, at);
  }

  /** Returns the index of the stop word that ends the reply, or -1. */
  #find(text: string): number {
    const earliest = findStopWord(text, this.#stops);
    const conditional = this.#conditional;
    if (conditional === undefined) return earliest;
    const { word } = conditional;
    for (
      let at = text.indexOf(word);
      at !== -1 && this.#evaluations < MAX_EVALUATIONS;
      at = text.indexOf(word, at + 1)
    ) {
      if (earliest !== -1 && earliest <= at) break;
      this.#evaluations += 1;
      if (conditional.endsAfter(this.#emittedText + text.slice(0, at))) return at;
    }
    return earliest;
  }

  /** Returns the length of the longest suffix of the text that is a prefix of a stop word. */
  #undecidedLength(text: string): number {
    let longest = 0;
    for (const stop of this.#words) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
