import { None, TlsClientAuth } from 'oauth4webapi';
import { serverOf } from './assertion.ts';
import type { ClientAuthentication } from './client-authentication.ts';

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
  return certificate('tls_client_auth');
}

/** As `tlsClientAuth`, with a certificate that the client signed itself: `self_signed_tls_client_auth` (RFC 8705, 2.2). */
export function selfSignedTlsClientAuth(): ClientAuthentication {
  return certificate('self_signed_tls_client_auth');
}

function certificate(method: string): ClientAuthentication {
  return {
    method,
    usesCertificate: true,
    usesAuthContext: false,
    async apply(request) {
      await TlsClientAuth()(serverOf(request), { client_id: request.clientId }, request.body, request.headers);
    },
  };
}
