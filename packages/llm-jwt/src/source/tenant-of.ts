import { ConfigurationError } from '@crew/core';
import type { AuthContext } from '@crew/llm-http/adapter';

/** The tenant of an attempt; `undefined` when there are none. */
export type TenantOf = (context: AuthContext) => string | undefined;

/** Asks the `tenant` option. Its function throws a `ConfigurationError` when that gives no name. */
export function tenantOf(tenant: ((authContext: unknown) => string) | undefined): TenantOf {
  if (tenant === undefined) return () => undefined;
  return ({ authContext }) => {
    const name: unknown = tenant(authContext);
    if (typeof name === 'string' && name !== '') return name;
    throw new ConfigurationError('tenant gave no name for this call. Did the call give its authContext?');
  };
}
