import { type AuthContext, type RefusalResult, RenewingCredential } from '@crew/llm-http/adapter';
import type { RenewedTokensOptions } from './renewed-tokens.ts';
import type { TokenSource } from './token-source.ts';

/** A token of its own for every attempt. */
export class MintedTokens implements TokenSource {
  readonly #options: RenewedTokensOptions;

  constructor(options: RenewedTokensOptions) {
    this.#options = options;
  }

  token(context: AuthContext): Promise<string> {
    const { obtain, tenantOf, deadline, clock } = this.#options;
    const tenant = tenantOf(context);
    // Used once: for its deadline, its errors and its event.
    const once = new RenewingCredential<string>({
      name: 'jwt',
      deadline,
      clock,
      obtain: ({ signal, refused }) => obtain({ tenant, signal, refused }),
    });
    return once.get(context.signal, context.emit);
  }

  refused(): RefusalResult {
    return 'renewed';
  }
}
