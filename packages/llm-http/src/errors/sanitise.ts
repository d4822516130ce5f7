import { CrewError, excerpt, printable } from '@crew/core';

/** Maximum number of characters that a message quotes from an error of another package or of a user's function. */
const LONGEST_QUOTE = 500;
/** Maximum number of characters of the message, stack and code of an error that is kept as a cause. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 20_000;
const LONGEST_CODE = 100;

/**
 * Returns an error that is safe to use as a `cause`: a `CrewError` unchanged, any other value reduced to name, message, code
 * and stack. HTTP clients attach whole requests to their errors, including credentials, and a printed error prints its
 * cause. Message and stack may quote servers and certificates, so they are limited to a few thousand printable characters.
 */
export function sanitiseCause(thrown: unknown): Error {
  if (CrewError.isInstance(thrown)) return sanitiseCauses(thrown);
  if (!(thrown instanceof Error)) return new Error(`a ${typeof thrown} was thrown instead of an Error`);
  const original = String(thrown.message);
  const message = printable(cutAtSpace(original, LONGEST_MESSAGE));
  const error = new Error(message);
  Object.defineProperty(error, 'name', {
    value: excerpt(String(thrown.name), 100),
    configurable: true,
    writable: true,
  });
  if (typeof thrown.stack === 'string') {
    const stack = thrown.stack.replace(original, () => message);
    const value = printable(cutAtSpace(stack, LONGEST_STACK));
    Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
  }
  const code: unknown = Reflect.get(thrown, 'code');
  if (typeof code === 'string') {
    Object.defineProperty(error, 'code', { value: excerpt(code, LONGEST_CODE), enumerable: true });
  }
  return error;
}

/**
 * Returns the message of an error for quoting in another message: one line of at most 500 printable characters. It is cut
 * between words, so that no part of a secret remains that a `Scrubber` recognises only as a whole. Returns `fallback` if the
 * value is not an `Error`.
 */
export function quoteError(thrown: unknown, fallback = 'no Error was thrown'): string {
  if (!(thrown instanceof Error)) return fallback;
  return excerpt(cutAtSpace(String(thrown.message), LONGEST_QUOTE), 2 * LONGEST_QUOTE);
}

/** Returns the start of a string, cut at white space. */
function cutAtSpace(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = length;
  while (end > 0 && !/\s/.test(text.charAt(end))) end -= 1;
  return `${text.slice(0, end)} …`;
}

/**
 * Sanitises the causes of a `CrewError`: the first cause that is not a `CrewError` is reduced as by `sanitiseCause`. A frozen
 * error is copied, because secrets could not be removed from it either.
 */
export function sanitiseCauses(error: CrewError): CrewError {
  // Causes can be circular.
  const seen = new Set<CrewError>([error]);
  let last = error;
  while (CrewError.isInstance(last.cause) && !seen.has(last.cause)) {
    last = last.cause;
    seen.add(last);
  }
  if ([...seen].some(one => Object.isFrozen(one))) return CrewError.fromJSON(error.toJSON());
  if (last.cause === undefined || CrewError.isInstance(last.cause)) return error;
  const value = sanitiseCause(last.cause);
  const isReduced = Reflect.defineProperty(last, 'cause', { value, configurable: true, writable: true });
  return isReduced ? error : CrewError.fromJSON(error.toJSON());
}

/** Returns the first error of an `AggregateError`, in which Node reports every address that it tried. */
export function firstOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
}

/** Returns the code of an error, or its name if it has no code. */
export function codeOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return excerpt(typeof code === 'string' ? code : error.name, LONGEST_CODE);
}
