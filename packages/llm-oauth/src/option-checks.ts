import { ConfigurationError, copyOptions } from '@crew/core';

/**
 * Copies the options: what is done to the caller's object later changes nothing, and nothing is read that is not in it.
 * With `names`, the copy has a property for each of them, as that of `copyOptions` does.
 *
 * @throws {ConfigurationError} for anything that has no options in it: null, a string, a list.
 */
export function checkObject<T>(value: T, what: string, names?: readonly string[]): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return copyOptions(value, names);
  throw new ConfigurationError(`${what} needs an object of options.`);
}

/** @throws {ConfigurationError} for texts that are given and are empty, or no texts. */
export function checkTexts(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new ConfigurationError(`${name} must be a string that is not empty.`);
  }
}

/** @throws {ConfigurationError} for durations that are given and are no positive number, or less than `least`. */
export function checkDurations(values: Readonly<Record<string, unknown>>, least?: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0 && value >= (least ?? 0)) continue;
    const bound = least === undefined ? '' : `, at least ${least}`;
    throw new ConfigurationError(`${name} must be a positive number of milliseconds${bound}.`);
  }
}

/** Whether it is what braces make, not a list, a `Map` or an instance of something. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
