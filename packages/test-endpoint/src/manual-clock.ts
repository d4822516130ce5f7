import { setImmediate as nextTurn } from 'node:timers/promises';

export interface ManualClockOptions {
  /** The wall clock at the start, in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
  readonly wall?: number | undefined;
}

interface Sleeper {
  /** Monotonic time at which it wakes. */
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  return new ManualClock(options.wall ?? Date.UTC(2026, 0, 1));
}

/** Wall clock, monotonic clock and sleep, all moved by hand. Made by `manualClock`. Times in milliseconds. */
export class ManualClock {
  #wall: number;
  #monotonic = 0;
  /** In the order in which they wake; equal times in the order of their calls. */
  readonly #sleepers: Sleeper[] = [];
  readonly #watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(wall: number) {
    this.#wall = wall;
  }

  /** Milliseconds since the epoch. */
  wall(): number {
    return this.#wall;
  }

  /** Milliseconds since the clock was made. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** How many sleeps are under way. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /**
   * Resolves once the clock was advanced by so many milliseconds; at once for none or fewer. Rejects with the signal's reason when
   * it fires first, and then leaves no listener.
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
   * Moves both clocks forward. Sleepers wake in order, each at its own time, and what they set off (a next sleep, a request on a
   * loopback socket that is answered at once) settles before the next one wakes.
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

  /** Moves the wall clock alone, as an operator or NTP does. Sleepers do not notice. */
  jumpWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  /** Resolves when at least so many sleeps are under way. */
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

/** Lets microtasks and a few turns of the event loop (each of which serves sockets) pass. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}
