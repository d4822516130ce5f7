import { ConfigurationError } from '@crew/core';
import { type Authenticator, HttpLLM } from '@crew/llm-http';
import {
  type AuthContext,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  RenewingCredentials,
} from '@crew/llm-http/adapter';

/** A function that looks up the key of a tenant, for example in a database. */
export type KeyLookup = (tenant: string, signal: AbortSignal) => Promise<string>;

/** Creates one LLM for all tenants: `llm.call('...', { authContext: 'acme' })`. */
export function createMultiTenantLLM(endpoint: string, lookUpKey: KeyLookup): HttpLLM {
  return new HttpLLM({ endpoint, auth: new TenantKeys(lookUpKey) });
}

class TenantKeys implements Authenticator {
  readonly name = 'tenant-keys';
  readonly #keys: RenewingCredentials<string>;
  readonly #sentKeys = new WeakMap<AuthContext, string>();

  constructor(lookUpKey: KeyLookup) {
    this.#keys = new RenewingCredentials({
      name: this.name,
      // A key has no expiry: it is valid until the server refuses it.
      obtain: async ({ key: [tenant = ''], signal }) => ({
        value: await lookUpKey(tenant, signal),
        expiresAt: undefined,
      }),
    });
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const credential = this.#keys.of([tenantOf(context)]);
    const key = credential.fresh();
    if (key !== undefined) return this.#setKey(key, request, context);
    return credential.get(context.signal, context.emit).then(obtained => this.#setKey(obtained, request, context));
  }

  async onRefusal(_request: OutgoingRequest, _refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const refused = this.#sentKeys.get(context);
    if (refused === undefined) return false;
    const credential = this.#keys.of([tenantOf(context)]);
    credential.refused(refused);
    const key = await credential.get(context.signal, context.emit);
    return key !== refused && 'renewed';
  }

  async close(): Promise<void> {
    this.#keys.close();
  }

  #setKey(key: string, request: OutgoingRequest, context: AuthContext): void {
    request.setHeader('authorization', `Bearer ${key}`);
    this.#sentKeys.set(context, key);
  }
}

function tenantOf({ authContext }: AuthContext): string {
  // A call without a tenant fails: there is no default key.
  if (typeof authContext === 'string') return authContext;
  throw new ConfigurationError('The call has no tenant. Pass its name as `authContext`, a string.');
}
