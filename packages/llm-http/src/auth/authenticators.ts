import { ConfigurationError } from '@crew/core';
import type { Authenticator } from './authenticator.ts';

/** One authenticator, several, or none: what the `auth` option takes. */
export type Authentication = Authenticator | readonly Authenticator[] | undefined;

const METHODS = ['attach', 'connection', 'onResponse', 'isRefusal', 'onRefusal', 'onRateLimit', 'close'] as const;

/**
 * The authenticators in one list, in this order. An adapter puts its own in front of its user's:
 * `super({ ...rest, auth: authenticators(mine, auth) })`.
 *
 * @throws {ConfigurationError} for what is no authenticator, for one that is given twice, and for two that both decide
 * what connections are made with.
 */
export function authenticators(...auth: readonly Authentication[]): readonly Authenticator[] {
  const list = auth.flatMap(some => some ?? []);
  for (const one of list) checkShape(one);
  if (new Set(list).size < list.length) throw new ConfigurationError('auth has the same authenticator twice.');
  const connecting = list.filter(one => one.connection !== undefined);
  if (connecting.length > 1) {
    const names = connecting.map(({ name }) => name).join(' and ');
    throw new ConfigurationError(`auth has two client certificates (${names}), but a connection can show only one.`);
  }
  return list;
}

function checkShape(one: unknown): void {
  if (typeof one !== 'object' || one === null) {
    throw new ConfigurationError('auth must be an authenticator, an object with `name` and `authenticate`, or a list.');
  }
  const name: unknown = Reflect.get(one, 'name');
  if (typeof name !== 'string' || name === '') throw new ConfigurationError('An authenticator must have a `name`.');
  if (typeof Reflect.get(one, 'authenticate') !== 'function') {
    throw new ConfigurationError(`The authenticator ${name} must have a method \`authenticate\`.`);
  }
  for (const method of METHODS) {
    const value: unknown = Reflect.get(one, method);
    if (value !== undefined && typeof value !== 'function') {
      throw new ConfigurationError(`The authenticator ${name} has a \`${method}\` that is no method.`);
    }
  }
}
