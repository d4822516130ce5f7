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
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';
import {
  type AuthorizationServerOptions,
  configuration,
  RESOURCE,
  registerExtensionGrants,
} from './provider-configuration.ts';

export { type AuthorizationServerOptions, JWT_BEARER, RESOURCE, TOKEN_EXCHANGE } from './provider-configuration.ts';

/** A request to the token endpoint, as received. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly form: URLSearchParams;
  /** SHA-256 fingerprint of the client certificate. */
  readonly certificate: string | undefined;
}

/** oidc-provider behind a TLS front that records requests and injects faults. */
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

  /** All requests, including those for metadata and keys. */
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

  /** Responds to the next requests instead of the provider. */
  fault(...replies: readonly Reply[]): void {
    this.#front.reply(...replies);
  }

  get front(): Endpoint {
    return this.#front;
  }

  /** Returns the first refresh token of a family, as a login would. */
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

/** Forwards a request to the provider, as a TLS-terminating proxy does. */
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
