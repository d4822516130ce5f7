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
