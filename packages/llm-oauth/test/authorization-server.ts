import { type webcrypto, X509Certificate } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CertificateAuthority,
  createAuthority,
  type Endpoint,
  type RecordedRequest,
  type Reply,
  startEndpoint,
} from '@crew/llm-testkit';
import { exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose';
import { type ClientMetadata, type Configuration, errors, Provider } from 'oidc-provider';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

export interface AuthorizationServerOptions {
  readonly clients: readonly ClientMetadata[];
  /** What the issuer's URL has for a path. Default: none. */
  readonly path?: string | undefined;
  /** Seconds that access tokens are valid. Default 60. */
  readonly lifetime?: number | undefined;
  readonly rotate?: boolean | undefined;
  /** The key that subject tokens, actor tokens and assertions of the extension grants are signed with. */
  readonly trustedKey?: webcrypto.CryptoKey | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Changes the provider's answer to a token request. */
  readonly rewrite?: ((body: Record<string, unknown>, request: RecordedRequest) => unknown) | undefined;
}

/** One request to the token endpoint, as it was on the wire. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly form: URLSearchParams;
  /** SHA-256 of the client's certificate. */
  readonly certificate: string | undefined;
}

/** oidc-provider behind a TLS front that records what arrives and plays faults. */
export class AuthorizationServer implements AsyncDisposable {
  readonly issuer: string;
  readonly provider: Provider;
  readonly authority: CertificateAuthority;
  readonly keys: { readonly jwk: JWK };
  readonly #front: Endpoint;
  readonly #inner: Server;

  constructor(parts: {
    issuer: string;
    provider: Provider;
    authority: CertificateAuthority;
    jwk: JWK;
    front: Endpoint;
    inner: Server;
  }) {
    this.issuer = parts.issuer;
    this.provider = parts.provider;
    this.authority = parts.authority;
    this.keys = { jwk: parts.jwk };
    this.#front = parts.front;
    this.#inner = parts.inner;
  }

  get ca(): string {
    return this.authority.certificate;
  }

  get tokenEndpoint(): string {
    return `${this.issuer}/token`;
  }

  get origin(): string {
    return this.#front.origin;
  }

  /** Every request, discovery and keys included. */
  get requests(): readonly RecordedRequest[] {
    return this.#front.requests;
  }

  get tokenRequests(): readonly TokenRequest[] {
    return this.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/token')).map(toTokenRequest);
  }

  get revocations(): readonly URLSearchParams[] {
    return this.requests
      .filter(({ path }) => path.endsWith('/revocation'))
      .map(({ body }) => new URLSearchParams(body));
  }

  /** Answers the next requests in place of the provider. */
  fault(...replies: readonly Reply[]): void {
    this.#front.reply(...replies);
  }

  get front(): Endpoint {
    return this.#front;
  }

  /** What a login would have given: the first refresh token of a family. */
  async login(clientId: string, accountId = 'alice', scope = 'offline_access chat'): Promise<string> {
    const { provider } = this;
    const client = await provider.Client.find(clientId);
    if (client === undefined) throw new Error(`no client ${clientId}`);
    const grant = new provider.Grant({ accountId, clientId });
    grant.addOIDCScope(scope);
    grant.addResourceScope(RESOURCE, 'chat models');
    const grantId = await grant.save();
    const resource = RESOURCE;
    const token = new provider.RefreshToken({ accountId, client, grantId, scope, resource, gty: 'authorization_code' });
    return token.save();
  }

  async close(): Promise<void> {
    await this.#front.close();
    this.#inner.closeAllConnections();
    await new Promise(resolve => this.#inner.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The resource for which the server issues JWT access tokens; it is also the default. */
export const RESOURCE = 'https://llm.test/';

export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const authority = await createAuthority();
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const { path = '' } = options;
  const inner = createServer();
  const innerPort = await new Promise<number>(resolve => {
    inner.listen(0, '127.0.0.1', () => resolve((inner.address() as AddressInfo).port));
  });
  const front = await startEndpoint({
    tls: { authority },
    clientCertificate: 'request',
    clientAuthorities: [authority.certificate],
    path: '*',
    respond: request => forward(request, innerPort, options),
  });
  const issuer = front.origin.replace('127.0.0.1', 'localhost') + path;
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'server' };
  const provider = new Provider(issuer, configuration(options, [jwk]));
  provider.proxy = true;
  registerExtensionGrants(provider, options);
  const handle = provider.callback();
  inner.on('request', (request: IncomingMessage & { originalUrl?: string }, response) => {
    const url = request.url ?? '/';
    const wellKnown = '/.well-known/oauth-authorization-server';
    const local = url === wellKnown + path ? wellKnown : url.startsWith(path) ? url.slice(path.length) : undefined;
    if (local === undefined) {
      response.writeHead(404).end();
      return;
    }
    request.originalUrl = path + local;
    request.url = local;
    void handle(request, response);
  });
  return new AuthorizationServer({ issuer, provider, authority, jwk: await exportJWK(publicKey), front, inner });
}

function configuration(options: AuthorizationServerOptions, keys: JWK[]): Configuration {
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
    // The provider takes the token endpoint too, and lists; what is right is the issuer as a string.
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

/** Token exchange (RFC 8693) and JWT bearer (RFC 7523), which the provider leaves to those who need them. */
function registerExtensionGrants(provider: Provider, { trustedKey }: AuthorizationServerOptions): void {
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

/** Hands a request on to the provider, as a TLS-terminating proxy does. */
async function forward(request: RecordedRequest, port: number, options: AuthorizationServerOptions): Promise<Reply> {
  const headers = {
    ...request.headers,
    'x-forwarded-proto': 'https',
    'x-client-certificate': request.tls?.peer === undefined ? '' : Buffer.from(request.tls.peer.raw).toString('base64'),
    'x-client-verified': String(request.tls?.authorized ?? false),
  };
  const answer = await new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>(
    (resolve, reject) => {
      const sent = httpRequest({ port, host: '127.0.0.1', method: request.method, path: request.path, headers });
      sent.on('error', reject);
      sent.on('response', async response => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
      sent.end(request.bytes);
    },
  );
  const { 'content-length': _length, connection: _connection, 'transfer-encoding': _coding, ...kept } = answer.headers;
  const fields = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as NonNullable<
    Reply['headers']
  >;
  if (options.rewrite !== undefined && request.path.endsWith('/token') && answer.status === 200) {
    return { status: 200, json: options.rewrite(JSON.parse(answer.body.toString()), request) };
  }
  return { status: answer.status, headers: fields, body: answer.body };
}

function toTokenRequest(request: RecordedRequest): TokenRequest {
  return {
    headers: request.headers,
    path: request.path,
    form: new URLSearchParams(request.body),
    certificate: request.tls?.peer?.fingerprint256,
  };
}
