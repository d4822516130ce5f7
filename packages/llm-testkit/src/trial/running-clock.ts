import { type Clock, systemClock } from '@crew/core';

/** The longest sleep that counts as a pause, in milliseconds: longer than what is usual between two attempts. */
const LONGEST_PAUSE = 2_000;

/** The machine's clock with an offset that a check can enlarge. */
export class RunningClock implements Clock {
  readonly #skipsPauses: boolean;
  readonly #sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  #offset = 0;

  /** With `skipsPauses` a short sleep, such as the one before a retry, is over at once. Others last as long as they do. */
  constructor({ skipsPauses = false }: { readonly skipsPauses?: boolean | undefined } = {}) {
    this.#skipsPauses = skipsPauses;
  }

  wall(): number {
    return systemClock.wall() + this.#offset;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#offset;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const isSkipped = this.#skipsPauses && milliseconds <= LONGEST_PAUSE;
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

  /** Moves both clocks forward. Sleeps under way last as long as they would have. */
  skip(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  /** Moves both clocks forward, and ends the sleeps that are then due: the deadlines of calls under way, for instance. */
  pass(milliseconds: number): void {
    this.skip(milliseconds);
    const now = this.monotonic();
    for (const { due, wake } of [...this.#sleepers]) if (due <= now) wake();
  }
}
