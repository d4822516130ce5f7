import { ConfigurationError, copyOptions } from '@crew/core';

/**
 * Copies an options object. Later changes to the original have no effect, and inherited properties are not read. With
 * `names`, the copy has a property for each of them, as the copy of `copyOptions` does.
 *
 * @throws {ConfigurationError} if the value is not an object, or is an array.
 */
export function checkObject<T>(value: T, subject: string, names?: readonly string[]): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return copyOptions(value, names);
  throw new ConfigurationError(`${subject} needs an object of options.`);
}

/**
 * Checks that each value that is set is a non-empty string.
 *
 * @throws {ConfigurationError} naming the first value that is not.
 */
export function checkStrings(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new ConfigurationError(`${name} must be a non-empty string.`);
  }
}

/**
 * Checks that each value that is set is a positive number of milliseconds, and at least `minimum`.
 *
 * @throws {ConfigurationError} naming the first value that is not.
 */
export function checkDurations(values: Readonly<Record<string, unknown>>, minimum?: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0 && value >= (minimum ?? 0)) continue;
    const bound = minimum === undefined ? '' : `, at least ${minimum}`;
    throw new ConfigurationError(`${name} must be a positive number of milliseconds${bound}.`);
  }
}

/** Returns true for an object literal; false for an array, a `Map` or an instance of another class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
