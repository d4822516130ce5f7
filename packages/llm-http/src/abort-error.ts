import { AbortError, CrewError, TimeoutError } from '@crew/core';

/** The reason of an aborted signal as a `CrewError`. A reason that already is one stays itself. */
export function abortError(signal: AbortSignal, what: string): CrewError {
  const reason: unknown = signal.reason;
  if (CrewError.isInstance(reason)) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new TimeoutError(`${what} was cancelled: the caller's signal timed out.`, {
      cause: reason,
      deadline: 'signal',
    });
  }
  return new AbortError(`${what} was cancelled by its caller.`, reason instanceof Error ? { cause: reason } : {});
}
