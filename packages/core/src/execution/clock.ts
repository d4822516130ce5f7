/** Where time comes from. Inject another one in tests; nothing in Crew reads a global clock besides `systemClock`. */
export interface Clock {
  /** Milliseconds since the epoch; jumps when the machine's time is set. */
  wall(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after the time, or rejects at once with `signal.reason` when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The longest delay `setTimeout` takes; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's clock. */
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
        const step = Math.min(remaining, LONGEST_TIMER);
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
