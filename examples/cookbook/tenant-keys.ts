import { ConfigurationError } from '@crew/core';
import { type Authenticator, HttpLLM } from '@crew/llm-http';
import {
  type AuthContext,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  RenewingCredentials,
} from '@crew/llm-http/adapter';

/** Gives the key of a tenant, from wherever it is kept. */
export type KeyOf = (tenant: string, signal: AbortSignal) => Promise<string>;

/** One LLM for all tenants: `llm.call('...', { authContext: 'acme' })`. */
export function multiTenantLLM(endpoint: string, keyOf: KeyOf): HttpLLM {
  return new HttpLLM({ endpoint, auth: new TenantKeys(keyOf) });
}

class TenantKeys implements Authenticator {
  readonly name = 'tenant-keys';
  readonly #keys: RenewingCredentials<string>;
  readonly #sent = new WeakMap<AuthContext, string>();

  constructor(keyOf: KeyOf) {
    this.#keys = new RenewingCredentials({
      name: this.name,
      // It has no expiry: a key is good until the server refuses it.
      obtain: async ({ key: [tenant = ''], signal }) => ({ value: await keyOf(tenant, signal), expiresAt: undefined }),
    });
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const credential = this.#keys.of([tenantOf(context)]);
    const key = credential.fresh();
    if (key !== undefined) return this.#put(key, request, context);
    return credential.get(context.signal, context.emit).then(obtained => this.#put(obtained, request, context));
  }

  async onRefusal(_request: OutgoingRequest, _refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const refused = this.#sent.get(context);
    if (refused === undefined) return false;
    const credential = this.#keys.of([tenantOf(context)]);
    credential.refused(refused);
    const key = await credential.get(context.signal, context.emit);
    return key !== refused && 'renewed';
  }

  async close(): Promise<void> {
    this.#keys.close();
  }

  #put(key: string, request: OutgoingRequest, context: AuthContext): void {
    request.setHeader('authorization', `Bearer ${key}`);
    this.#sent.set(context, key);
  }
}

function tenantOf({ authContext }: AuthContext): string {
  // Without a tenant nothing is sent: there is no key to fall back to.
  if (typeof authContext === 'string') return authContext;
  throw new ConfigurationError('Give each call its tenant as authContext, a string.');
}
