import { setTimeout as wait } from 'node:timers/promises';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * The clock of the clients of one scenario: time passes as on the machine, and can be moved on, which ends the sleeps that are
 * due. A deadline can so be long, and nevertheless pass at the right moment however busy the machine is.
 */
export class ScenarioClock {
  readonly #sleepers = new Set<Sleeper>();
  #offset = 0;

  /** Milliseconds since the epoch. */
  wall(): number {
    return Date.now() + this.#offset;
  }

  /** Milliseconds since some fixed moment. */
  monotonic(): number {
    return performance.now() + this.#offset;
  }

  /** Resolves after the time, or when the clock was moved past it; rejects with the reason of an aborted signal. */
  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const woken = new AbortController();
    const sleeper = { due: this.monotonic() + milliseconds, wake: () => woken.abort() };
    this.#sleepers.add(sleeper);
    try {
      await wait(Math.min(milliseconds, LONGEST_TIMER), undefined, { signal: AbortSignal.any([signal, woken.signal]) });
    } catch {
      signal.throwIfAborted();
    } finally {
      this.#sleepers.delete(sleeper);
    }
  }

  /** Moves the time on. */
  skip(milliseconds: number): void {
    this.#offset += milliseconds;
    const now = this.monotonic();
    for (const { due, wake } of [...this.#sleepers]) if (due <= now) wake();
  }
}

/** The longest delay that a timer of Node takes. */
const LONGEST_TIMER = 2 ** 31 - 1;
