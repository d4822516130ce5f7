import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { type OAuthAuthenticator, oauth, type RevokeOptions } from './oauth.ts';
import type { OAuthOptions } from './oauth-options.ts';
import { checkObject } from './option-checks.ts';

/** The options of an `HttpLLM` and those of `oauth()`. */
export type OAuthLLMOptions = HttpLLMOptions & OAuthOptions;

/**
 * A model behind an HTTP endpoint that wants OAuth 2 access tokens. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 * });
 * console.log(await llm.call('Say hello.'));
 */
export class OAuthLLM extends HttpLLM {
  readonly #oauth: OAuthAuthenticator;

  /** @throws {ConfigurationError} naming the option that is wrong, never a secret. */
  constructor(options: OAuthLLMOptions) {
    const { own, rest } = split(options);
    const { auth, ...http } = rest;
    const authenticator = oauth(own);
    super({ ...http, auth: authenticators(authenticator, auth) });
    this.#oauth = authenticator;
  }

  /** As `OAuthAuthenticator.revoke`. */
  revoke(options?: RevokeOptions): Promise<void> {
    return this.#oauth.revoke(options);
  }
}

function split(given: OAuthLLMOptions): { readonly own: OAuthOptions; readonly rest: HttpLLMOptions } {
  const options = checkObject(given, 'OAuthLLM', ['clock']);
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
    ...rest
  } = options;
  return {
    own: {
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
      clock: options.clock,
    },
    rest,
  };
}
