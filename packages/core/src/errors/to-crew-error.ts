import { AbortError } from './abort-error.ts';
import { CrewError } from './crew-error.ts';

/**
 * What was thrown as a `CrewError`: itself if it is one; an `AbortError` when it is the platform's; otherwise wrapped
 * under `code`, with `what` in front of its message.
 */
export function toCrewError(thrown: unknown, what: string, code = 'UNEXPECTED'): CrewError {
  if (CrewError.isInstance(thrown)) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AbortError(`${what} was cancelled.`, { cause: thrown });
  }
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return new CrewError(code, `${what} failed: ${said}`, { cause: thrown });
}
