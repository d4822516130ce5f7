import { ConfigurationError, copyOptions } from '@crew/core';
import { checkOptionNames } from '@crew/llm-http/adapter';
import type { Login } from './login.ts';

/** Options of a session without which a login cannot work. */
export type NeededOption = 'username' | 'password' | 'otp';

const needed = new WeakMap<Login, readonly NeededOption[]>();

/** The login, known to need these options of its session. */
export function needing(login: Login, options: readonly NeededOption[]): Login {
  needed.set(login, options);
  return login;
}

/** What the login is known to need. Nothing is known of a function of one's own. */
export function needsOf(login: Login): readonly NeededOption[] {
  return needed.get(login) ?? [];
}

/**
 * Copies the options, and checks what the ways to log in have in common.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export function checkLoginOptions<T extends object>(given: T, names: readonly string[], what: string): T {
  const options = copyOptions(given, names);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(`${what} needs an object of options. It has: ${names.join(', ')}.`);
  }
  checkOptionNames(options, names, what);
  for (const name of ['usernameField', 'passwordField', 'otpField']) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new ConfigurationError(`${what}: \`${name}\` must be the name of a field.`);
  }
  const fields: unknown = Reflect.get(options, 'fields');
  if (fields !== undefined && (typeof fields !== 'object' || fields === null || Array.isArray(fields))) {
    throw new ConfigurationError(`${what}: \`fields\` must be an object of names and values.`);
  }
  const outcome: unknown = Reflect.get(options, 'outcome');
  if (outcome !== undefined && typeof outcome !== 'function') {
    throw new ConfigurationError(`${what}: \`outcome\` must be a function that is given an answer.`);
  }
  return options;
}
