import type { Clock } from '@crew/core';

/**
 * A clock whose time advances only while all code sleeps: to the end of each sleep, in the order in which the sleeps end.
 * It needs no API of Node, so that tests with it also run in an edge runtime.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #waking: Promise<void> | undefined;
  readonly #sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();

  wall(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper = {
        due: this.#now + milliseconds,
        wake: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
      this.#waking ??= this.#wakeAll();
    });
  }

  async #wakeAll(): Promise<void> {
    for (;;) {
      // Let all running code proceed until it sleeps or finishes.
      for (let tick = 0; tick < 50; tick += 1) await undefined;
      const next = [...this.#sleepers].reduce<{ readonly due: number; readonly wake: () => void } | undefined>(
        (first, sleeper) => (first === undefined || sleeper.due < first.due ? sleeper : first),
        undefined,
      );
      if (next === undefined) break;
      this.#sleepers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.wake();
    }
    this.#waking = undefined;
  }
}
