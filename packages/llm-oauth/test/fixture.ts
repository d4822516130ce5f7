import type { Authenticator } from '@crew/llm-http';
import { type CertificateAuthority, createAuthority, type Endpoint, type IssuedCertificate } from '@crew/llm-testkit';
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { OAuthLLM, type OAuthLLMOptions } from '../src/index.ts';
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  JWT_BEARER,
  startAuthorizationServer,
  TOKEN_EXCHANGE,
} from './authorization-server.ts';
import { startModelEndpoint } from './model-endpoint.ts';

export const SECRET = 'a secret of more than thirty-two characters';

/** An authorization server with a client of every kind, and a model endpoint that verifies its tokens. */
export interface Fixture extends AsyncDisposable {
  readonly server: AuthorizationServer;
  readonly endpoint: Endpoint;
  /** PEM of the private key of the clients `private-key` and of the trusted issuer of tokens. */
  readonly privateKey: string;
  readonly privateJwk: JWK;
  readonly selfSigned: CertificateAuthority;
  readonly certificate: IssuedCertificate;
  llm(options: Partial<OAuthLLMOptions>): OAuthLLM;
}

export async function startFixture(options: Partial<AuthorizationServerOptions> = {}): Promise<Fixture> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'crew-1', alg: 'ES256', use: 'sig' };
  const selfSigned = await createAuthority({ commonName: 'self-signed client' });
  const server = await startAuthorizationServer({
    trustedKey: publicKey,
    ...options,
    clients: [
      { client_id: 'basic', client_secret: SECRET },
      { client_id: 'an:identifier', client_secret: 'some secure & non-standard secret' },
      { client_id: 'post', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
      { client_id: 'secret-jwt', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_jwt' },
      { client_id: 'private-key', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [publicJwk] } },
      {
        client_id: 'tls',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_uri: 'spiffe://example.org/crew',
        tls_client_certificate_bound_access_tokens: true,
      },
      {
        client_id: 'self-signed',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [await certificateJwk(selfSigned.certificate)] },
      },
      { client_id: 'session', client_secret: SECRET, grant_types: ['refresh_token'] },
      { client_id: 'public', token_endpoint_auth_method: 'none', grant_types: ['refresh_token', TOKEN_EXCHANGE] },
      { client_id: 'exchange', client_secret: SECRET, grant_types: [TOKEN_EXCHANGE, JWT_BEARER] },
      ...(options.clients ?? []),
    ],
  });
  const endpoint = await startModelEndpoint(server);
  const certificate = await server.authority.issue({
    commonName: 'crew',
    uri: ['spiffe://example.org/crew'],
    usage: 'client',
  });
  return {
    server,
    endpoint,
    privateKey: await exportPKCS8(privateKey),
    privateJwk: { ...(await exportJWK(privateKey)), kid: 'crew-1' },
    selfSigned,
    certificate,
    llm: own =>
      new OAuthLLM({
        endpoint: endpoint.url,
        ca: server.ca,
        issuer: server.issuer,
        clientId: 'basic',
        retry: { retries: 0 },
        ...own,
      }),
    async [Symbol.asyncDispose]() {
      await endpoint.close();
      await server.close();
    },
  };
}

/** Creates an authenticator that provides the client certificate, as `clientCertificate()` of `@crew/llm-mtls` does. */
export function connectionWith(identity: {
  readonly cert: string;
  readonly key: string;
  readonly id?: string;
}): Authenticator {
  const credentials = { id: 'generation-1', ...identity };
  return { name: 'certificate', connection: () => credentials, authenticate: () => undefined };
}

async function certificateJwk(pem: string): Promise<JWK> {
  const { X509Certificate } = await import('node:crypto');
  const certificate = new X509Certificate(pem);
  const jwk = certificate.publicKey.export({ format: 'jwk' }) as JWK;
  return { ...jwk, x5c: [certificate.raw.toString('base64')] };
}
