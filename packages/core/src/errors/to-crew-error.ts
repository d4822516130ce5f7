import { AbortError } from './abort-error.ts';
import { CrewError } from './crew-error.ts';
import { thrownText } from './thrown-text.ts';
import { TimeoutError } from './timeout-error.ts';

/**
 * What was thrown as a `CrewError`: itself if it is one; an
 * `AbortError` or a `TimeoutError` when it is the platform's; otherwise wrapped
 * under `code`, with `what` in front of its message.
 */
export function toCrewError(thrown: unknown, what: string, code = 'UNEXPECTED'): CrewError {
  if (CrewError.isInstance(thrown)) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AbortError(`${what} was cancelled.`, { cause: thrown });
  }
  if (thrown instanceof Error && thrown.name === 'TimeoutError') {
    return new TimeoutError(`${what} took too long: ${thrownText(thrown)}`, { cause: thrown, deadline: 'signal' });
  }
  return new CrewError(code, `${what} failed: ${thrownText(thrown)}`, { cause: thrown });
}
