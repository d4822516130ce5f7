/**
 * A source of time. All time in Crew comes from a `Clock`, so that tests can inject a virtual one. The default is
 * `systemClock`.
 *
 * @example
 * A clock for tests, on which every wait is over at once:
 *
 * ```ts
 * import { type Clock, RateLimiter } from '@crew/core';
 *
 * let now = 0;
 * const instantClock: Clock = {
 *   wall: () => now,
 *   monotonic: () => now,
 *   sleep: async (milliseconds, signal) => {
 *     signal.throwIfAborted();
 *     now += milliseconds;
 *   },
 * };
 *
 * const limiter = new RateLimiter({ perMinute: 1, clock: instantClock });
 * await limiter.acquire(new AbortController().signal);
 * await limiter.acquire(new AbortController().signal);
 * console.log(now); // 60000
 * ```
 */
export interface Clock {
  /** Returns milliseconds since the epoch. Jumps when the system time is set. */
  wall(): number;
  /** Returns milliseconds since a fixed moment. Never goes backwards. */
  monotonic(): number;
  /** Resolves after the given time, or rejects with `signal.reason` as soon as the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Maximum delay of `setTimeout`, in milliseconds. A longer one would fire at once. */
const MAX_TIMER_DELAY = 2 ** 31 - 1;

/**
 * The system clock: `Date.now()`, `performance.now()` and `setTimeout()`.
 *
 * @example
 * ```ts
 * import { systemClock } from '@crew/core';
 *
 * const startedAt = systemClock.monotonic();
 * await systemClock.sleep(50, AbortSignal.timeout(1_000));
 * console.log(`Waited ${Math.round(systemClock.monotonic() - startedAt)} ms`);
 * ```
 */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      let remaining = milliseconds;
      let timer: ReturnType<typeof setTimeout>;
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const wait = (): void => {
        const step = Math.min(remaining, MAX_TIMER_DELAY);
        remaining -= step;
        timer = setTimeout(() => {
          if (remaining > 0) {
            wait();
            return;
          }
          signal.removeEventListener('abort', abort);
          resolve();
        }, step);
      };
      signal.addEventListener('abort', abort, { once: true });
      wait();
    }),
};
