import { type Clock, ConfigurationError, copyOptions, systemClock } from '@crew/core';
import { showName } from './errors/show-name.ts';

/**
 * Refuses options that do not exist, so that a misspelt one is not silently without effect.
 *
 * @throws {ConfigurationError} naming the option and those that exist.
 */
export function checkOptionNames(options: object, names: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new ConfigurationError(`${what} has no option "${showName(name)}". It has: ${names.join(', ')}.`);
    }
  }
}

/**
 * The `clock` option, or the machine's clock where none is given.
 *
 * @throws {ConfigurationError} for one that lacks a method.
 */
export function checkClock(clock: Clock | undefined): Clock {
  if (clock === undefined) return systemClock;
  for (const method of ['wall', 'monotonic', 'sleep'] as const) {
    if (typeof clock?.[method] !== 'function') throw new ConfigurationError(`clock must have a method \`${method}\`.`);
  }
  return clock;
}

/** A group of options that are all numbers, with its defaults filled in. `refusal` says what is wrong with a value. */
export function checkNumberOptions<Name extends string>(
  what: string,
  given: unknown,
  defaults: Readonly<Record<Name, number>>,
  refusal: (name: Name, value: number) => string | undefined,
): Readonly<Record<Name, number>> {
  if (given === undefined) return defaults;
  if (typeof given !== 'object' || given === null) {
    throw new ConfigurationError(`${what} must be an object with any of: ${Object.keys(defaults).join(', ')}.`);
  }
  const options = copyOptions(given);
  checkOptionNames(options, Object.keys(defaults), what);
  const settings: Record<Name, number> = { ...defaults };
  for (const name of Object.keys(defaults) as Name[]) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    const wrong = typeof value === 'number' ? refusal(name, value) : 'must be a number';
    if (wrong !== undefined || typeof value !== 'number') throw new ConfigurationError(`${what}.${name} ${wrong}.`);
    settings[name] = value;
  }
  return settings;
}
