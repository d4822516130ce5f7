import { setImmediate as nextTurn } from 'node:timers/promises';

/** Options of `manualClock`. */
export interface ManualClockOptions {
  /** Initial wall-clock time, in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
  readonly wall?: number | undefined;
}

interface Sleeper {
  /** Monotonic time at which the sleeper wakes. */
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Creates a clock that stands still until a test moves it. Inject it into the code under test; real sockets keep working.
 *
 * @example
 * ```ts
 * import { manualClock } from '@crew/test-endpoint';
 *
 * const clock = manualClock();
 * const woken = clock.sleep(60_000).then(() => console.log('awake at', clock.monotonic()));
 *
 * await clock.advance(60_000); // prints `awake at 60000`, at once
 * await woken;
 * ```
 */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  return new ManualClock(options.wall ?? Date.UTC(2026, 0, 1));
}

/** A wall clock, monotonic clock and sleep, moved by hand. Create one with `manualClock`. All times are in milliseconds. */
export class ManualClock {
  #wall: number;
  #monotonic = 0;
  /** Sleepers in the order in which they wake; those with equal times in the order of their calls. */
  readonly #sleepers: Sleeper[] = [];
  readonly #watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(wall: number) {
    this.#wall = wall;
  }

  /** Returns the milliseconds since the epoch. */
  wall(): number {
    return this.#wall;
  }

  /** Returns the milliseconds by which the clock has advanced since its creation. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** Number of pending sleeps. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /**
   * Resolves when the clock has advanced by the given time, or immediately if the time is not positive. Rejects with the abort reason,
   * without leaving a listener, if the signal aborts first.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (milliseconds <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        due: this.#monotonic + milliseconds,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#insert(sleeper);
    });
  }

  /**
   * Moves both clocks forward. Sleepers wake in order, each at its own time. The work that a sleeper starts (a further sleep, a request
   * on a loopback socket with an immediate response) settles before the next sleeper wakes.
   */
  async advance(milliseconds: number): Promise<void> {
    const target = this.#monotonic + milliseconds;
    await settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.due <= target; next = this.#sleepers[0]) {
      this.#moveTo(next.due);
      this.#sleepers.shift();
      next.wake();
      await settle();
    }
    this.#moveTo(target);
  }

  /** Moves only the wall clock, as an operator or NTP does. Sleepers are not affected. */
  jumpWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  /** Resolves when at least the given number of sleeps is pending. */
  whenSleeping(count = 1): Promise<void> {
    if (this.#sleepers.length >= count) return Promise.resolve();
    return new Promise(resolve => this.#watchers.push({ count, resolve }));
  }

  #insert(sleeper: Sleeper): void {
    const later = this.#sleepers.findIndex(other => other.due > sleeper.due);
    this.#sleepers.splice(later === -1 ? this.#sleepers.length : later, 0, sleeper);
    for (const watcher of this.#watchers.filter(({ count }) => count <= this.#sleepers.length)) {
      this.#watchers.splice(this.#watchers.indexOf(watcher), 1);
      watcher.resolve();
    }
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** Waits for pending microtasks and a few turns of the event loop, each of which serves sockets. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}
