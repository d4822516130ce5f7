import { ConfigurationError } from '@crew/core';

/** For whom a token is obtained, as far as it is not the same for everybody. */
export interface TokenOwner {
  /** Keeps the caller's tokens apart from those of others. `undefined`: the token is everybody's. */
  readonly key: string | undefined;
  /**
   * What the call was given as `authContext`.
   *
   * @throws {ConfigurationError} where the token would serve others, too, for whom it could be another one.
   */
  readonly authContext: unknown;
}

/**
 * The caller where no `tenant` names one. Where something may read `authContext` each value has tokens of its own, as far
 * as values can be told apart: two objects that look alike need not be the same user's, so they may not be read at all.
 */
export function ownerOf(authContext: unknown, isRead: boolean, name: string): TokenOwner {
  const value = isRead ? cacheKeyOf(authContext) : undefined;
  if (value !== undefined) return { key: value, authContext };
  return {
    key: isRead ? 'any' : undefined,
    get authContext(): never {
      throw new ConfigurationError(
        `${name}: authContext was read, and nothing says whose tokens must be kept apart by it. Set \`tenant\`, a ` +
          'function that gives the `id` of the user or tenant. Without it authContext must be a text, a number or a ' +
          'boolean, and the function that reads it must declare its parameter.',
      );
    },
  };
}

/** @throws {ConfigurationError} without an id. */
export function tenantOwner(tenant: unknown, authContext: unknown): TokenOwner {
  const id: unknown = typeof tenant === 'object' && tenant !== null ? Reflect.get(tenant, 'id') : undefined;
  if (typeof id === 'string' && id !== '') return { key: `tenant ${id}`, authContext };
  throw new ConfigurationError('tenant() must give an `id`: it keeps the tokens of tenants apart.');
}

/** With its type: 1 is not '1'. */
function cacheKeyOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return String(value);
  const isPrimitive = ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  return isPrimitive ? `${typeof value} ${String(value)}` : undefined;
}
