import { AbortError, type Clock, CrewError, TimeoutError } from '@crew/core';

/** Returns the abort reason of the signal as an error without secrets. */
export function abortReason(signal: AbortSignal): CrewError {
  const reason: unknown = signal.reason;
  return CrewError.isInstance(reason) ? reason : new AbortError('Obtaining an access token was cancelled.');
}

/** Runs `work` with a signal that aborts when the caller's signal does, or after a time limit in milliseconds. */
export async function withDeadline<T>(
  limit: {
    readonly clock: Clock;
    readonly milliseconds: number;
    readonly signal: AbortSignal;
    readonly action: string;
  },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, milliseconds, signal, action } = limit;
  const timeout = new AbortController();
  const timer = new AbortController();
  clock.sleep(milliseconds, timer.signal).then(
    () =>
      timeout.abort(
        new TimeoutError(`${action} took longer than ${milliseconds} ms.`, { deadline: 'obtain', milliseconds }),
      ),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, timeout.signal]));
  } finally {
    timer.abort();
  }
}
