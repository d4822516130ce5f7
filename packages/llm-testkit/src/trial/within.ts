import { setTimeout as wait } from 'node:timers/promises';

/** So long, in milliseconds, may what has to happen at once take on a busy machine. */
export const PROMPTLY = 2_000;

/** The promise's outcome, or an error that says what did not happen within the time. */
export async function within<T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = wait(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} did not happen within ${milliseconds} ms.`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
