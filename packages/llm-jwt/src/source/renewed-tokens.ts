import type { Clock, CrewEvent } from '@crew/core';
import {
  type AuthContext,
  type ObtainedCredential,
  type RefusalResult,
  RenewingCredentials,
} from '@crew/llm-http/adapter';
import type { TokenContext } from '../jwt-options.ts';
import type { TenantOf } from './tenant-of.ts';
import type { TokenSource } from './token-source.ts';

/** How tokens are obtained, and for whom. */
export interface RenewedTokensOptions {
  readonly obtain: (context: TokenContext) => Promise<ObtainedCredential<string>>;
  readonly tenantOf: TenantOf;
  /** Milliseconds that one obtain may take. */
  readonly deadline: number | undefined;
  readonly clock: Clock;
  /** Told of renewals in the background. */
  readonly emit: (event: CrewEvent) => void;
}

/** Tokens that are obtained, shared and renewed: one for each tenant. */
export class RenewedTokens implements TokenSource {
  readonly #credentials: RenewingCredentials<string>;
  readonly #tenantOf: TenantOf;

  constructor({ obtain, tenantOf, deadline, clock, emit }: RenewedTokensOptions) {
    this.#tenantOf = tenantOf;
    this.#credentials = new RenewingCredentials<string>({
      name: 'jwt',
      deadline,
      clock,
      emit,
      obtain: ({ key: [tenant], signal, refused }) => obtain({ tenant, signal, refused }),
    });
  }

  token(context: AuthContext): string | Promise<string> {
    const credential = this.#credentials.of([this.#tenantOf(context)]);
    return credential.fresh() ?? credential.get(context.signal, context.emit);
  }

  async refused(token: string, context: AuthContext): Promise<RefusalResult> {
    const credential = this.#credentials.of([this.#tenantOf(context)]);
    credential.refused(token);
    return (await credential.get(context.signal, context.emit)) === token ? false : 'renewed';
  }

  close(): void {
    this.#credentials.close();
  }
}
