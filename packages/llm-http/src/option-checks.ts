import { type Clock, ConfigurationError, copyOptions, systemClock } from '@crew/core';
import { showName } from './errors/show-name.ts';

/**
 * Rejects unknown options, so that a misspelt option is not ignored.
 *
 * @throws {ConfigurationError} naming the unknown option and all known ones.
 */
export function checkOptionNames(options: object, names: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new ConfigurationError(`${what} has no option "${showName(name)}". It has: ${names.join(', ')}.`);
    }
  }
}

/**
 * Returns the `clock` option, or the system clock if it is not set.
 *
 * @throws {ConfigurationError} if a method is missing.
 */
export function checkClock(clock: Clock | undefined): Clock {
  if (clock === undefined) return systemClock;
  for (const method of ['wall', 'monotonic', 'sleep'] as const) {
    if (typeof clock?.[method] !== 'function') throw new ConfigurationError(`clock must have a method \`${method}\`.`);
  }
  return clock;
}

/** Validates a group of numeric options and adds defaults. `problemOf` returns the problem of a value, if any. */
export function checkNumberOptions<Name extends string>(
  what: string,
  group: unknown,
  defaults: Readonly<Record<Name, number>>,
  problemOf: (name: Name, value: number) => string | undefined,
): Readonly<Record<Name, number>> {
  if (group === undefined) return defaults;
  if (typeof group !== 'object' || group === null) {
    throw new ConfigurationError(`${what} must be an object with any of: ${Object.keys(defaults).join(', ')}.`);
  }
  const options = copyOptions(group);
  checkOptionNames(options, Object.keys(defaults), what);
  const settings: Record<Name, number> = { ...defaults };
  for (const name of Object.keys(defaults) as Name[]) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    const problem = typeof value === 'number' ? problemOf(name, value) : 'must be a number';
    if (problem !== undefined || typeof value !== 'number') throw new ConfigurationError(`${what}.${name} ${problem}.`);
    settings[name] = value;
  }
  return settings;
}
