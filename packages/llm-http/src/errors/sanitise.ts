import { CrewError, excerpt, printable } from '@crew/core';

/** Most characters of what foreign code, or a server through it, says in the message of an error of this package. */
const LONGEST_SAID = 500;
/** Most characters of a foreign error's own message, and of the stack below it, where the error is kept as a cause. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 20_000;
const LONGEST_CODE = 100;

/**
 * Returns what foreign code threw, fit to be a `cause`: a `CrewError` unchanged, anything else reduced to name, message, code
 * and stack. HTTP clients attach whole requests to their errors, credentials included, and a printed error prints its cause.
 * Message and stack quote servers and certificates, so they are cut to a few thousand printable characters.
 */
export function sanitiseCause(thrown: unknown): Error {
  if (CrewError.isInstance(thrown)) return sanitiseCauses(thrown);
  if (!(thrown instanceof Error)) return new Error(`a ${typeof thrown} was thrown instead of an Error`);
  const given = String(thrown.message);
  const message = printable(wholeWords(given, LONGEST_MESSAGE));
  const error = new Error(message);
  Object.defineProperty(error, 'name', {
    value: excerpt(String(thrown.name), 100),
    configurable: true,
    writable: true,
  });
  if (typeof thrown.stack === 'string') {
    const stack = thrown.stack.replace(given, () => message);
    const value = printable(wholeWords(stack, LONGEST_STACK));
    Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
  }
  const code: unknown = Reflect.get(thrown, 'code');
  if (typeof code === 'string') {
    Object.defineProperty(error, 'code', { value: excerpt(code, LONGEST_CODE), enumerable: true });
  }
  return error;
}

/**
 * Returns what foreign code says in the error that it threw, as one line of printable characters for the message of another
 * error: at most 500 of them. It is cut between words, so that no half of a secret is left that a `Scrubber` would know only
 * as a whole.
 */
export function quoteError(thrown: unknown, otherwise = 'no Error was thrown'): string {
  if (!(thrown instanceof Error)) return otherwise;
  return excerpt(wholeWords(String(thrown.message), LONGEST_SAID), 2 * LONGEST_SAID);
}

/** Returns the start of a text, cut at a white space. */
function wholeWords(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = length;
  while (end > 0 && !/\s/.test(text.charAt(end))) end -= 1;
  return `${text.slice(0, end)} …`;
}

/**
 * A `CrewError` that foreign code threw, with the first cause of it that is none reduced. One that lets nothing be changed,
 * a frozen one say, is told anew: what it quotes could not be taken out of it either.
 */
export function sanitiseCauses(error: CrewError): CrewError {
  // Causes can go round in a circle.
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

/** Node reports every address it tried in one error. */
export function firstOf(thrown: unknown): unknown {
  return thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
}

/** The code of an error, or else its name. */
export function codeOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return excerpt(typeof code === 'string' ? code : error.name, LONGEST_CODE);
}
