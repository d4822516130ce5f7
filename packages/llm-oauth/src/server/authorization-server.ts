/** An authorization server as far as a client without a user needs it: by hand, or from its metadata (RFC 8414). */
export interface AuthorizationServer {
  /** Its issuer identifier. Absent where only endpoints were given by hand. */
  readonly issuer: string | undefined;
  readonly tokenEndpoint: URL;
  readonly revocationEndpoint: URL | undefined;
  /** The endpoints for clients that authenticate with a certificate (RFC 8705, section 5). */
  readonly mtlsEndpoints: { readonly token: URL | undefined; readonly revocation: URL | undefined };
  /** `token_endpoint_auth_methods_supported`. */
  readonly authenticationMethods: readonly string[] | undefined;
}
