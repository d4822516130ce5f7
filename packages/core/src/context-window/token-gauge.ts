/** A provider that reports less than this share of the estimate is not counting everything. */
const LEAST_RATIO = 0.5;
/** An overflow means that the estimate was too low by at least this much. */
const OVERFLOW_STEP = 1.25;

/**
 * Turns estimates into the tokens that the provider will count, from what it reported for earlier requests. The
 * conversation only grows, so what was reported stands for its beginning, and only what was added is estimated.
 */
export class TokenGauge {
  /** How many tokens the provider counts for one of the estimate. */
  #ratio = 1;
  /** Never goes down: an overflow showed that the reports, or the estimates, leave something out. */
  #least = 1;
  #known: { readonly estimate: number; readonly reported: number } | undefined;

  /** What the provider will count for a request of the conversation. */
  conversation(estimate: number): number {
    const known = this.#known;
    if (known === undefined || estimate < known.estimate) return this.text(estimate);
    return known.reported + this.text(estimate - known.estimate);
  }

  /** What the provider will count for other text. */
  text(estimate: number): number {
    return Math.ceil(estimate * Math.max(this.#ratio, this.#least));
  }

  /** The estimate that comes to so many tokens. */
  estimateFor(tokens: number): number {
    return Math.floor(tokens / Math.max(this.#ratio, this.#least));
  }

  /** Learns from a turn: what was estimated for its request, and what the provider reported. */
  reported(estimate: number, inputTokens: number): void {
    if (!(estimate > 0 && inputTokens >= estimate * LEAST_RATIO)) return;
    this.#ratio = Math.max(1, inputTokens / estimate);
    if (this.#least === 1) this.#known = { estimate, reported: inputTokens };
  }

  /** The provider refused a request as longer than `window`. */
  overflowed(estimate: number, window: number): void {
    const factor = Math.max(this.#ratio, this.#least);
    const counted = Math.max(estimate, 1) * factor;
    this.#least = factor * Math.max(OVERFLOW_STEP, window / counted);
    this.#known = undefined;
  }

  /** The conversation changed at its beginning. */
  restarted(): void {
    this.#known = undefined;
  }
}
