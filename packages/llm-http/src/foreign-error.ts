import { CrewError } from '@crew/core';

/**
 * What foreign code threw, fit to be a `cause`: a `CrewError` as it is, anything else reduced to name, message, code
 * and stack. HTTP clients attach whole requests to their errors, credentials included, and a printed error prints its
 * cause.
 */
export function foreignCause(thrown: unknown): Error {
  if (CrewError.isInstance(thrown)) return withOwnCauses(thrown);
  if (!(thrown instanceof Error)) return new Error(`a ${typeof thrown} was thrown instead of an Error`);
  const error = new Error(thrown.message);
  Object.defineProperty(error, 'name', { value: thrown.name, configurable: true, writable: true });
  if (thrown.stack !== undefined) {
    Object.defineProperty(error, 'stack', { value: thrown.stack, configurable: true, writable: true });
  }
  const code: unknown = Reflect.get(thrown, 'code');
  if (typeof code === 'string') Object.defineProperty(error, 'code', { value: code, enumerable: true });
  return error;
}

/**
 * A `CrewError` that foreign code threw, with the first cause of it that is none reduced. One that lets nothing be changed,
 * a frozen one say, is told anew: what it quotes could not be taken out of it either.
 */
export function withOwnCauses(error: CrewError): CrewError {
  // Causes can go round in a circle.
  const seen = new Set<CrewError>([error]);
  let last = error;
  while (CrewError.isInstance(last.cause) && !seen.has(last.cause)) {
    last = last.cause;
    seen.add(last);
  }
  if ([...seen].some(one => Object.isFrozen(one))) return CrewError.fromJSON(error.toJSON());
  if (last.cause === undefined || CrewError.isInstance(last.cause)) return error;
  const value = foreignCause(last.cause);
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
  return typeof code === 'string' ? code : error.name;
}
