import type { Clock, CrewEvent } from '@crew/core';
import {
  type AuthContext,
  type ObtainedCredential,
  type RefusalResult,
  RenewingCredential,
  RenewingCredentials,
} from '@crew/llm-http/adapter';
import type { TenantResolver, TokenContext, TokenSource } from './token-source.ts';

/** Options of a source that obtains tokens by a function. */
export interface ObtainedTokensOptions {
  readonly obtain: (context: TokenContext) => Promise<ObtainedCredential<string>>;
  readonly tenantOf: TenantResolver;
  /** Time limit for obtaining one token, in milliseconds. */
  readonly deadline: number | undefined;
  readonly clock: Clock;
  /** Called for events of renewals in the background. */
  readonly emit: (event: CrewEvent) => void;
}

/** Tokens that are obtained once per tenant, shared by its calls, and renewed before they expire. */
export class CachedTokens implements TokenSource {
  readonly #credentials: RenewingCredentials<string>;
  readonly #tenantOf: TenantResolver;

  constructor({ obtain, tenantOf, deadline, clock, emit }: ObtainedTokensOptions) {
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

  async onRefusal(token: string, context: AuthContext): Promise<RefusalResult> {
    const credential = this.#credentials.of([this.#tenantOf(context)]);
    credential.refused(token);
    return (await credential.get(context.signal, context.emit)) === token ? false : 'renewed';
  }

  close(): void {
    this.#credentials.close();
  }
}

/** Tokens that are obtained anew for every attempt. */
export class SingleUseTokens implements TokenSource {
  readonly #options: ObtainedTokensOptions;

  constructor(options: ObtainedTokensOptions) {
    this.#options = options;
  }

  token(context: AuthContext): Promise<string> {
    const { obtain, tenantOf, deadline, clock } = this.#options;
    const tenant = tenantOf(context);
    // Used once, for its deadline, its errors and its event.
    const credential = new RenewingCredential<string>({
      name: 'jwt',
      deadline,
      clock,
      obtain: ({ signal, refused }) => obtain({ tenant, signal, refused }),
    });
    return credential.get(context.signal, context.emit);
  }

  onRefusal(): RefusalResult {
    return 'renewed';
  }
}
