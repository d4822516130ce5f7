import type { Clock } from '@crew/core';

export interface SteppedClock {
  readonly clock: Clock;
  /** Moves on in one step. Sleepers that are due wake after it: late, as after a suspended machine. */
  advance(milliseconds: number): void;
  sleepers(): number;
}

/** A clock that moves only in steps, for thousands of sleepers and for those that wake late. */
export function steppedClock(): SteppedClock {
  const sleeping = new Set<{ readonly due: number; readonly wake: () => void }>();
  let now = 0;
  const clock: Clock = {
    wall: () => now,
    monotonic: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          sleeping.delete(sleeper);
          reject(signal.reason);
        };
        const wake = (): void => {
          sleeping.delete(sleeper);
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const sleeper = { due: now + milliseconds, wake };
        sleeping.add(sleeper);
        signal.addEventListener('abort', leave, { once: true });
      }),
  };
  const advance = (milliseconds: number): void => {
    now += milliseconds;
    for (const { due, wake } of [...sleeping]) if (due <= now) wake();
  };
  return { clock, advance, sleepers: () => sleeping.size };
}
