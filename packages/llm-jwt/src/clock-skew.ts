import type { Clock } from '@crew/core';
import type { ResponseHead } from '@crew/llm-http/adapter';

/** Smallest skew that is corrected, in milliseconds. Smaller differences are network latency. */
const MIN_SKEW = 10_000;
/**
 * Largest accepted lead of the server's clock, in milliseconds. A server can extend `exp` by that much, and anyone who
 * obtains such a token can use it for longer. An hour covers a wrong time zone or daylight saving time.
 */
const MAX_LEAD = 3_600_000;
/** Largest accepted lag of the server's clock, in milliseconds. A lag only shortens the life of tokens. */
const MAX_LAG = 86_400_000;

/**
 * Difference between the server's clock and the system clock, learned from the `date` of its responses (RFC 9110, section
 * 6.6.1). A difference outside the bounds is ignored. The skew applies only to minting: a token is sent whatever the server's
 * clock is, so that the next response corrects a wrong `date`.
 */
export class ClockSkew {
  readonly #clock: Clock;
  #offset = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the estimated time of the server, in milliseconds since the epoch. */
  now(): number {
    return this.#clock.wall() + this.#offset;
  }

  /** Converts a time of the server to the system clock. */
  toLocal(time: number): number {
    return time - this.#offset;
  }

  /** Updates the skew from a response. */
  update({ headers }: ResponseHead): void {
    const { date, age } = headers;
    // A response from a cache has an old date.
    if (typeof date !== 'string' || age !== undefined) return;
    const offset = Date.parse(date) - this.#clock.wall();
    if (!(offset <= MAX_LEAD && offset >= -MAX_LAG)) return;
    // A date has whole seconds. The middle of that second is the best estimate.
    if (Math.abs(offset + 500 - this.#offset) >= MIN_SKEW) this.#offset = offset + 500;
  }
}
