import { ConfigurationError } from '@crew/core';

/** The user or tenant that a token belongs to. */
export interface TokenOwner {
  /** Cache key that separates the tokens of owners. `undefined` if all calls share the token. */
  readonly key: string | undefined;
  /**
   * The `authContext` of the call.
   *
   * @throws {ConfigurationError} if other owners would receive a token that depends on this value.
   */
  readonly authContext: unknown;
}

/**
 * Returns the owner of a call without a tenant. If a function may read `authContext`, each primitive value has its own
 * tokens. Objects may not be read, because two equal objects may belong to different users.
 */
export function ownerOf(authContext: unknown, mayBeRead: boolean, name: string): TokenOwner {
  const value = mayBeRead ? cacheKeyOf(authContext) : undefined;
  if (value !== undefined) return { key: value, authContext };
  return {
    key: mayBeRead ? 'any' : undefined,
    get authContext(): never {
      throw new ConfigurationError(
        `${name}: a function read authContext, but it is unknown which user or tenant the token belongs to. Set ` +
          '`tenant` to a function that returns the `id` of the user or tenant. Without `tenant`, authContext must be a ' +
          'string, a number or a boolean, and the function that reads it must declare its parameter.',
      );
    },
  };
}

/**
 * Returns the owner for a tenant.
 *
 * @throws {ConfigurationError} if the tenant has no id.
 */
export function tenantOwner(tenant: unknown, authContext: unknown): TokenOwner {
  const id: unknown = typeof tenant === 'object' && tenant !== null ? Reflect.get(tenant, 'id') : undefined;
  if (typeof id === 'string' && id !== '') return { key: `tenant ${id}`, authContext };
  throw new ConfigurationError('tenant() must return an object with an `id`, which separates the tokens of tenants.');
}

/** Returns the cache key of a primitive value. It includes the type, so that 1 differs from '1'. */
function cacheKeyOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return String(value);
  const isPrimitive = ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  return isPrimitive ? `${typeof value} ${String(value)}` : undefined;
}
