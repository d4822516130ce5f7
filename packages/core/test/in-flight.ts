/** The signals of the requests and tool calls in flight. `started` counts all of them so far. */
export class InFlight {
  readonly signals: Set<AbortSignal> = new Set();
  started = 0;

  async during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    this.started += 1;
    this.signals.add(signal);
    try {
      return await work();
    } finally {
      this.signals.delete(signal);
    }
  }
}

/** Waits for the given number of rounds of the microtask queue, so that runs interleave in every way. */
export async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick += 1) await Promise.resolve();
}
