import { type Clock, systemClock } from '@crew/core';

/** Maximum length of a short sleep, in milliseconds: longer than the usual delay between two attempts. */
const LONGEST_SHORT_SLEEP = 2_000;

/** The system clock with an offset that a check can increase. */
export class RunningClock implements Clock {
  readonly #skipsShortSleeps: boolean;
  readonly #sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  #offset = 0;

  /** Creates a clock. With `skipsShortSleeps`, short sleeps, such as the one before a retry, end immediately. */
  constructor({ skipsShortSleeps = false }: { readonly skipsShortSleeps?: boolean | undefined } = {}) {
    this.#skipsShortSleeps = skipsShortSleeps;
  }

  wall(): number {
    return systemClock.wall() + this.#offset;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#offset;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const isSkipped = this.#skipsShortSleeps && milliseconds <= LONGEST_SHORT_SLEEP;
    const woken = new AbortController();
    const sleeper = { due: this.monotonic() + milliseconds, wake: () => woken.abort() };
    this.#sleepers.add(sleeper);
    try {
      const either = AbortSignal.any([signal, woken.signal]);
      await systemClock.sleep(isSkipped ? Math.min(milliseconds, 1) : milliseconds, either);
    } catch {
      signal.throwIfAborted();
    } finally {
      this.#sleepers.delete(sleeper);
    }
  }

  /** Moves both clocks forward. Pending sleeps keep their duration. */
  jump(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  /** Moves both clocks forward and ends the sleeps that are then due, such as the deadlines of running calls. */
  advance(milliseconds: number): void {
    this.jump(milliseconds);
    const now = this.monotonic();
    for (const { due, wake } of [...this.#sleepers]) if (due <= now) wake();
  }
}
