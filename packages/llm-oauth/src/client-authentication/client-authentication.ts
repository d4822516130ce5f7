import { type AuthorizationServer, None, TlsClientAuth } from 'oauth4webapi';
import type { IdentityContext } from '../grant/identity-source.ts';

/** A request to an authorization server, to which the client authentication adds credentials. */
export interface ClientRequest extends IdentityContext {
  /** Issuer identifier of the server. `undefined` if only endpoints are configured. */
  readonly issuer: string | undefined;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Form parameters, to which credentials can be added. */
  readonly body: URLSearchParams;
  /** Headers, to which credentials can be added. */
  readonly headers: Headers;
  /** Returns the server's time in seconds since the epoch, derived from the `Date` header of its responses. */
  now(): number;
}

/** Authentication of a client to the authorization server (RFC 6749, section 2.3). */
export interface ClientAuthentication {
  /** The registered `token_endpoint_auth_method` (RFC 7591, section 2). */
  readonly method: string;
  /** True if the client authenticates with a certificate (RFC 8705, section 2). */
  readonly usesCertificate?: boolean | undefined;
  /** False if the credentials do not depend on `authContext`. Default true: tokens are cached per `authContext`. */
  readonly usesAuthContext?: boolean | undefined;
  /** Adds the credentials to a request. Called for each request. */
  apply(request: ClientRequest): void | Promise<void>;
}

/**
 * Creates the authentication of a public client, which sends its id only: `none` (RFC 6749, section 3.2.1).
 *
 * @example
 * ```ts no-run
 * import { fromEnv, OAuthLLM, publicClient, refreshToken } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: publicClient(),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export function publicClient(): ClientAuthentication {
  return {
    method: 'none',
    usesAuthContext: false,
    async apply(request) {
      await None()(serverOf(request), { client_id: request.clientId }, request.body, request.headers);
    },
  };
}

/**
 * Creates client authentication by a certificate of an authority on the connection to the token endpoint:
 * `tls_client_auth` (RFC 8705, section 2.1). An authenticator of the LLM's connection provides the certificate, such as
 * `clientCertificate()` of `@crew/llm-mtls`. The `mtls_endpoint_aliases` of the server's metadata are used.
 *
 * @example
 * ```ts no-run
 * import { OAuthLLM, tlsClientAuth } from '@crew/llm-oauth';
 * import { readFileSync } from 'node:fs';
 *
 * const credentials = {
 *   id: '2026',
 *   cert: readFileSync('client.pem', 'utf8'),
 *   key: readFileSync('client-key.pem', 'utf8'),
 * };
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: tlsClientAuth(),
 *   auth: { name: 'certificate', connection: () => credentials, authenticate: () => undefined },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export function tlsClientAuth(): ClientAuthentication {
  return certificateAuthentication('tls_client_auth');
}

/** Creates the same with a self-signed certificate: `self_signed_tls_client_auth` (RFC 8705, section 2.2). */
export function selfSignedTlsClientAuth(): ClientAuthentication {
  return certificateAuthentication('self_signed_tls_client_auth');
}

function certificateAuthentication(method: string): ClientAuthentication {
  return {
    method,
    usesCertificate: true,
    usesAuthContext: false,
    async apply(request) {
      await TlsClientAuth()(serverOf(request), { client_id: request.clientId }, request.body, request.headers);
    },
  };
}

/** The authorization server in the form that oauth4webapi takes. */
export function serverOf(request: Pick<ClientRequest, 'issuer' | 'tokenEndpoint'>): AuthorizationServer {
  return { issuer: request.issuer ?? request.tokenEndpoint, token_endpoint: request.tokenEndpoint };
}
