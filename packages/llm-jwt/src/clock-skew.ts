import type { Clock } from '@crew/core';
import type { ResponseHead } from '@crew/llm-http';

/** Smaller differences are the answer's way through the network, in milliseconds. */
const LEAST = 10_000;
/** No server may move the times in tokens further than this: a clock that is off by more is not adjusted to. */
const MOST = 86_400_000;

/**
 * How far the server's clock is from this machine's, learnt from the `date` of its responses (RFC 9110, section 6.6.1). For
 * making tokens alone: whatever it says, a token is still sent, so that a wrong `date` is corrected by the next answer.
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
    // A date has whole seconds; the middle of that second is the best guess.
    const offset = Date.parse(date) + 500 - this.#clock.wall();
    if (Math.abs(offset) <= MOST && Math.abs(offset - this.#offset) >= LEAST) this.#offset = offset;
  }
}
