import { type Clock, TimeoutError } from '@crew/core';

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
