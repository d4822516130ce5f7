import { type Clock, systemClock } from '@crew/core';

/** The longest sleep that counts as a pause, in milliseconds: longer than what is usual between two attempts. */
const LONGEST_PAUSE = 2_000;

/** The machine's clock with an offset that a check can enlarge. */
export class RunningClock implements Clock {
  readonly #skipsPauses: boolean;
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

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const isSkipped = this.#skipsPauses && milliseconds <= LONGEST_PAUSE;
    return systemClock.sleep(isSkipped ? Math.min(milliseconds, 1) : milliseconds, signal);
  }

  /** Moves both clocks forward. */
  skip(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
