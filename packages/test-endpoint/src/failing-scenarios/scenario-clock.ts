import { setTimeout as wait } from 'node:timers/promises';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * The clock of the clients of a scenario. It runs like the system clock and can also be moved forward, which ends the sleeps that are
 * due. Deadlines can therefore be long and still pass at the right moment on a busy machine.
 */
export class ScenarioClock {
  readonly #sleepers = new Set<Sleeper>();
  #offset = 0;

  /** Returns the milliseconds since the epoch. */
  wall(): number {
    return Date.now() + this.#offset;
  }

  /** Returns the milliseconds since a fixed moment. */
  monotonic(): number {
    return performance.now() + this.#offset;
  }

  /** Resolves after the given time, or when the clock is moved past it. Rejects with the abort reason if the signal aborts. */
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

  /** Moves the clock forward. */
  advance(milliseconds: number): void {
    this.#offset += milliseconds;
    const now = this.monotonic();
    for (const { due, wake } of [...this.#sleepers]) if (due <= now) wake();
  }
}

/** Maximum delay of a Node timer. */
const LONGEST_TIMER = 2 ** 31 - 1;
