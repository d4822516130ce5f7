import { setTimeout as wait } from 'node:timers/promises';

/** Time for what has to happen at once, in milliseconds. */
export const PROMPTLY = 2_000;

/** Milliseconds of one step of waiting. */
const STEP = 100;

/**
 * Returns the promise's outcome, or throws an error that names what did not happen in time. The time is counted in short
 * steps: a process that is slowed down by others gets more of it, and serves its sockets between any two steps.
 */
export async function within<T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = tooLate(milliseconds, timer.signal, what);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function tooLate(milliseconds: number, signal: AbortSignal, what: string): Promise<never> {
  for (let passed = 0; passed < milliseconds; passed += STEP) await wait(STEP, undefined, { signal });
  throw new Error(`${what} did not happen within ${milliseconds} ms.`);
}
