import { type Clock, systemClock } from '@crew/core';

/** The machine's clock with an offset that a check can enlarge. Sleeps last as long as they always do. */
export class RunningClock implements Clock {
  #offset = 0;

  wall(): number {
    return systemClock.wall() + this.#offset;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#offset;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(milliseconds, signal);
  }

  /** Moves both clocks forward. */
  skip(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
