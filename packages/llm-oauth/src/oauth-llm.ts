import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { type OAuthAuthenticator, oauth, type RevokeOptions } from './oauth.ts';
import type { OAuthOptions } from './oauth-options.ts';
import { checkObject } from './option-checks.ts';

/** Options of `OAuthLLM`: those of `HttpLLM` and those of `oauth`. */
export type OAuthLLMOptions = HttpLLMOptions & OAuthOptions;

/**
 * An LLM behind an HTTP endpoint that requires OAuth 2 access tokens. Further authenticators can be added in `auth`.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export class OAuthLLM extends HttpLLM {
  readonly #oauth: OAuthAuthenticator;

  /** @throws {ConfigurationError} naming the invalid option, never a secret. */
  constructor(options: OAuthLLMOptions) {
    const { oauthOptions, httpOptions } = split(options);
    const { auth, ...http } = httpOptions;
    const authenticator = oauth(oauthOptions);
    super({ ...http, auth: authenticators(authenticator, auth) });
    this.#oauth = authenticator;
  }

  /** Revokes the tokens, as `OAuthAuthenticator.revoke` does. */
  revoke(options?: RevokeOptions): Promise<void> {
    return this.#oauth.revoke(options);
  }
}

function split(options: OAuthLLMOptions): {
  readonly oauthOptions: OAuthOptions;
  readonly httpOptions: HttpLLMOptions;
} {
  const checked = checkObject(options, 'OAuthLLM', ['clock']);
  const {
    issuer,
    discovery,
    tokenEndpoint,
    revocationEndpoint,
    trustedOrigins,
    clientId,
    clientSecret,
    clientAuthentication,
    grant,
    scope,
    resource,
    audience,
    parameters,
    name,
    tenant,
    store,
    followChallenge,
    defaultLifetime,
    deadline,
    ...httpOptions
  } = checked;
  return {
    oauthOptions: {
      issuer,
      discovery,
      tokenEndpoint,
      revocationEndpoint,
      trustedOrigins,
      clientId,
      clientSecret,
      clientAuthentication,
      grant,
      scope,
      resource,
      audience,
      parameters,
      name,
      ...(tenant === undefined ? {} : { tenant }),
      store,
      followChallenge,
      defaultLifetime,
      deadline,
      clock: checked.clock,
    },
    httpOptions,
  };
}
