import { AbortError, CrewError } from '@crew/core';

/** Why the signal was aborted, as an error that may be shown. */
export function abortReason(signal: AbortSignal): CrewError {
  const reason: unknown = signal.reason;
  return CrewError.isInstance(reason) ? reason : new AbortError('Obtaining an access token was cancelled.');
}
