import { CrewError } from './crew-error.ts';
import { AbortError, TimeoutError } from './run-errors.ts';

/**
 * Converts a thrown value to a `CrewError`. A `CrewError` is returned unchanged. The platform's abort and timeout errors
 * become an `AbortError` or a `TimeoutError`. Anything else becomes the cause of a `CrewError` with the given `code`.
 * `subject` is the subject of the message's sentence, such as "The model turn".
 */
export function toCrewError(thrown: unknown, subject: string, code = 'UNEXPECTED'): CrewError {
  if (CrewError.isInstance(thrown)) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AbortError(`${subject} was cancelled.`, { cause: thrown });
  }
  if (thrown instanceof Error && thrown.name === 'TimeoutError') {
    return new TimeoutError(`${subject} took too long: ${thrownText(thrown)}`, { cause: thrown, deadline: 'signal' });
  }
  return new CrewError(code, `${subject} failed: ${thrownText(thrown)}`, { cause: thrown });
}

/** Returns the message of a thrown value. Never throws, even if the value cannot be converted to a string. */
export function thrownText(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something that cannot be described';
  }
}
