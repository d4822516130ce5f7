import { AbortError, type Clock, CrewError, TimeoutError } from '@crew/core';

/** Why the signal was aborted, as an error that may be shown. */
export function abortReason(signal: AbortSignal): CrewError {
  const reason: unknown = signal.reason;
  return CrewError.isInstance(reason) ? reason : new AbortError('Obtaining an access token was cancelled.');
}

/** Does work with a signal that aborts when the caller's does, or when the time (in milliseconds) is over. */
export async function withDeadline<T>(
  limit: { readonly clock: Clock; readonly milliseconds: number; readonly signal: AbortSignal; readonly what: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, milliseconds, signal, what } = limit;
  const late = new AbortController();
  const timer = new AbortController();
  clock.sleep(milliseconds, timer.signal).then(
    () =>
      late.abort(
        new TimeoutError(`${what} took longer than ${milliseconds} ms.`, { deadline: 'obtain', milliseconds }),
      ),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    timer.abort();
  }
}
