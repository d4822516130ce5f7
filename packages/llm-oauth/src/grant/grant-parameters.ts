import { ConfigurationError } from '@crew/core';
import { showName } from '@crew/llm-http/adapter';
import { isPlainObject } from '../option-checks.ts';
import type { GrantParameters } from './grant.ts';

/**
 * A copy of its own: what the caller does to theirs later reaches no request.
 *
 * @throws {ConfigurationError} naming the parameter that is no text and no list of texts, never its value.
 */
export function copyParameters(parameters: unknown, what: string): GrantParameters {
  if (!isPlainObject(parameters)) {
    throw new ConfigurationError(`${what} must be an object of parameter names and their values.`);
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, copyValue(value, what, name)]));
}

function copyValue(value: unknown, what: string, name: string): string | readonly string[] | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const list: readonly unknown[] = Array.isArray(value) ? [...value] : [undefined];
  if (list.every(one => typeof one === 'string')) return list;
  throw new ConfigurationError(`${what}: the value of ${showName(name)} must be a string or a list of strings.`);
}
