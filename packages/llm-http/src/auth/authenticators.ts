import { ConfigurationError } from '@crew/core';
import type { Authenticator, AuthHost } from './authenticator.ts';

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

/** How many LLMs each authenticator is attached to. One count for the whole program, however many copies of this package are in it. */
const REGISTRY = Symbol.for('@crew/llm-http/attachments');

function counts(): WeakMap<Authenticator, number> {
  const known: unknown = Reflect.get(globalThis, REGISTRY);
  if (known instanceof WeakMap) return known;
  const created = new WeakMap<Authenticator, number>();
  Object.defineProperty(globalThis, REGISTRY, { value: created });
  return created;
}

/** Attaches the authenticators to one LLM. When one refuses, those before it are let go again. */
export function attach(authenticators: readonly Authenticator[], host: AuthHost): void {
  const attached: Authenticator[] = [];
  try {
    for (const authenticator of authenticators) {
      authenticator.attach?.(host);
      counts().set(authenticator, (counts().get(authenticator) ?? 0) + 1);
      attached.push(authenticator);
    }
  } catch (thrown) {
    void detach(attached).catch(() => undefined);
    throw thrown;
  }
}

/** Lets the authenticators go and closes those that no other LLM uses. Rejects with the first failure, after all. */
export async function detach(authenticators: readonly Authenticator[]): Promise<void> {
  const unused = authenticators.filter(authenticator => {
    const left = (counts().get(authenticator) ?? 1) - 1;
    if (left > 0) counts().set(authenticator, left);
    else counts().delete(authenticator);
    return left <= 0;
  });
  const results = await Promise.allSettled(unused.map(async authenticator => authenticator.close?.()));
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}
