import { type AuthorizationServer, None, TlsClientAuth } from 'oauth4webapi';
import type { IdentityContext } from '../grant/identity-source.ts';

/** One request to an authorization server, to which a client adds what proves its identity. */
export interface ClientRequest extends IdentityContext {
  /** The server's issuer identifier. Absent where only endpoints were given by hand. */
  readonly issuer: string | undefined;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** The form parameters, to be added to. */
  readonly body: URLSearchParams;
  /** The header fields, to be added to. */
  readonly headers: Headers;
  /** Seconds since the epoch by the server's clock, as far as its answers told it. */
  now(): number;
}

/** How a client proves its identity to the authorization server (RFC 6749, section 2.3). */
export interface ClientAuthentication {
  /** As registered for `token_endpoint_auth_method` (RFC 7591, section 2). */
  readonly method: string;
  /** True where a client certificate is the proof (RFC 8705, section 2). */
  readonly usesCertificate?: boolean | undefined;
  /** False where the proof does not depend on `authContext`. Default true: tokens are kept for each. */
  readonly usesAuthContext?: boolean | undefined;
  /** Adds the proof to one request. Called anew for each. */
  apply(request: ClientRequest): void | Promise<void>;
}

/** A public client: its id in the form, and no proof: `none` (RFC 6749, section 3.2.1). */
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
 * A certificate that an authority issued, on the connection to the token endpoint: `tls_client_auth` (RFC 8705, section
 * 2.1). The certificate comes from the authenticator that gives the LLM's connection, such as `clientCertificate()` of
 * `@crew/llm-mtls`; `mtls_endpoint_aliases` of the server's metadata are used.
 */
export function tlsClientAuth(): ClientAuthentication {
  return certificateAuthentication('tls_client_auth');
}

/** As `tlsClientAuth`, with a certificate that the client signed itself: `self_signed_tls_client_auth` (RFC 8705, 2.2). */
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
