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

/** A `CrewError` that foreign code threw, with the first cause of it that is none reduced. */
export function withOwnCauses<E extends CrewError>(error: E): E {
  let last: CrewError = error;
  while (CrewError.isInstance(last.cause)) last = last.cause;
  if (last.cause === undefined) return error;
  const value = foreignCause(last.cause);
  Reflect.defineProperty(last, 'cause', { value, configurable: true, writable: true, enumerable: false });
  return error;
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
