import { type webcrypto, X509Certificate } from 'node:crypto';
import type { RecordedRequest } from '@crew/llm-testkit';
import { type JWK, jwtVerify } from 'jose';
import { type ClientMetadata, type Configuration, errors, type Provider } from 'oidc-provider';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

export interface AuthorizationServerOptions {
  readonly clients: readonly ClientMetadata[];
  /** Path of the issuer's URL. Default: none. */
  readonly path?: string | undefined;
  /** Lifetime of access tokens, in seconds. Default 60. */
  readonly lifetime?: number | undefined;
  readonly rotate?: boolean | undefined;
  /** Key that verifies subject tokens, actor tokens and assertions of the extension grants. */
  readonly trustedKey?: webcrypto.CryptoKey | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Changes the provider's response to a token request. */
  readonly rewrite?: ((body: Record<string, unknown>, request: RecordedRequest) => unknown) | undefined;
}

/** Default resource, for which the server issues JWT access tokens. */
export const RESOURCE = 'https://llm.test/';

/** Returns the configuration of a provider with every client authentication and machine grant, and JWT access tokens. */
export function configuration(options: AuthorizationServerOptions, keys: JWK[]): Configuration {
  const { lifetime = 60, rotate = true } = options;
  return {
    clients: [...options.clients],
    jwks: { keys: keys as NonNullable<Configuration['jwks']>['keys'] },
    scopes: ['openid', 'offline_access', 'chat', 'models'],
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    clientAuthMethods: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ],
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      response_types: [],
      grant_types: ['client_credentials'],
      redirect_uris: [],
    },
    // The provider also accepts the token endpoint and lists. Only the issuer as a string is correct.
    assertJwtClientAuthClaimsAndHeader: async (context, claims) => {
      if (claims['aud'] !== context.oidc.issuer) throw new errors.InvalidClientAuth('aud must be the issuer, a string');
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (!resource.startsWith('https://llm.test/')) throw new errors.InvalidTarget();
          return {
            scope: 'chat models',
            audience: resource,
            accessTokenTTL: lifetime,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        certificateBoundAccessTokens: true,
        getCertificate: context => certificateOf(context.get('x-client-certificate')),
        certificateAuthorized: context => context.get('x-client-verified') === 'true',
        certificateSubjectMatches: (context, property, expected) =>
          property === 'tls_client_auth_san_uri' &&
          certificateOf(context.get('x-client-certificate'))?.subjectAltName === `URI:${expected}`,
      },
    },
    discovery: options.metadata ?? {},
    rotateRefreshToken: rotate,
    issueRefreshToken: () => true,
    ttl: { ClientCredentials: lifetime, AccessToken: lifetime, RefreshToken: 86_400, Grant: 86_400, IdToken: 60 },
  };
}

function certificateOf(encoded: string): X509Certificate | undefined {
  return encoded === '' ? undefined : new X509Certificate(Buffer.from(encoded, 'base64'));
}

/** Adds token exchange (RFC 8693) and JWT bearer (RFC 7523), which the provider does not implement. */
export function registerExtensionGrants(provider: Provider, { trustedKey }: AuthorizationServerOptions): void {
  const check = async (token: unknown, audience: string): Promise<string> => {
    if (trustedKey === undefined || typeof token !== 'string') throw new errors.InvalidGrant('no trusted issuer');
    const verified = await jwtVerify(token, trustedKey, { audience, requiredClaims: ['iss', 'sub', 'exp'] }).catch(
      () => {
        throw new errors.InvalidGrant('the token does not verify');
      },
    );
    return String(verified.payload.sub);
  };
  const issue = async (context: Parameters<Parameters<Provider['registerGrantType']>[1]>[0]): Promise<object> => {
    const { client, params } = context.oidc;
    if (client === undefined) throw new errors.InvalidClientAuth('no client');
    const token = new provider.ClientCredentials({ client, scope: String(params?.['scope'] ?? '') });
    token.resourceServer = new provider.ResourceServer(RESOURCE, {
      scope: 'chat models',
      audience: RESOURCE,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    });
    return { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration };
  };
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async context => {
      const params = context.oidc.params ?? {};
      await check(params['subject_token'], provider.issuer);
      if (params['actor_token'] !== undefined) await check(params['actor_token'], provider.issuer);
      if ((params['actor_token'] === undefined) !== (params['actor_token_type'] === undefined)) {
        throw new errors.InvalidRequest('actor_token and actor_token_type belong together');
      }
      const issued = 'urn:ietf:params:oauth:token-type:access_token';
      context.body = { ...(await issue(context)), issued_token_type: issued };
    },
    [
      'audience',
      'resource',
      'scope',
      'requested_token_type',
      'subject_token',
      'subject_token_type',
      'actor_token',
      'actor_token_type',
    ],
    ['audience', 'resource'],
  );
  provider.registerGrantType(
    JWT_BEARER,
    async context => {
      await check(context.oidc.params?.['assertion'], provider.issuer);
      context.body = await issue(context);
    },
    ['assertion', 'scope'],
  );
}
