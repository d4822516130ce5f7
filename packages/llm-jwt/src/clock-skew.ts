import type { Clock } from '@crew/core';
import type { ResponseHead } from '@crew/llm-http/adapter';

/** Smaller differences are the answer's way through the network, in milliseconds. */
const LEAST = 10_000;
/**
 * Farthest that a server's clock may be ahead, in milliseconds. By as much a server can make `exp` later than it should be,
 * and whoever gets hold of such a token can use it for longer. An hour is what a wrong time zone or daylight saving costs.
 */
const MOST_AHEAD = 3_600_000;
/** Farthest that it may be behind, in milliseconds: that only shortens the life of tokens. */
const MOST_BEHIND = 86_400_000;

/**
 * Difference between the server's clock and this machine's, learnt from the `date` of its responses (RFC 9110, section
 * 6.6.1). A server that differs by more than the bounds is not adjusted to. For making tokens alone: whatever it says, a
 * token is still sent, so that a wrong `date` is corrected by the next response.
 */
export class ClockSkew {
  readonly #clock: Clock;
  #offset = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The server's time, as far as it is known. Milliseconds since the epoch. */
  now(): number {
    return this.#clock.wall() + this.#offset;
  }

  /** This machine's time at a moment of the server's. */
  toLocal(time: number): number {
    return time - this.#offset;
  }

  learn({ headers }: ResponseHead): void {
    const { date, age } = headers;
    // Out of a cache: its date is old.
    if (typeof date !== 'string' || age !== undefined) return;
    const offset = Date.parse(date) - this.#clock.wall();
    if (!(offset <= MOST_AHEAD && offset >= -MOST_BEHIND)) return;
    // A date has whole seconds; the middle of that second is the best guess.
    if (Math.abs(offset + 500 - this.#offset) >= LEAST) this.#offset = offset + 500;
  }
}
