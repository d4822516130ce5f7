import { AuthenticationError, ConnectionError, type CrewError } from '@crew/core';

/** Alerts (RFC 8446, section 6.2) with which a server refuses a client certificate, and their explanations. */
const CERTIFICATE_ALERTS: readonly (readonly [pattern: RegExp, explanation: string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED|ALERT_NO_CERTIFICATE/, 'It received none: set a client certificate.'],
  [
    /ALERT_UNKNOWN_CA/,
    'It does not know the authority that issued it: check the chain, and which authority it expects.',
  ],
  [/ALERT_CERTIFICATE_EXPIRED/, 'It considers it expired: replace it, or check the clocks.'],
  [/ALERT_CERTIFICATE_REVOKED/, 'It was revoked: request a new one.'],
  [/ALERT_UNSUPPORTED_CERTIFICATE/, 'It does not support this type of key: try RSA or P-256.'],
  [/ALERT_ACCESS_DENIED/, 'The certificate is valid, but has no access: ask the operator of the server.'],
  [/ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)/, 'Its log has the reason; often it does not expect the issuer.'],
];

/** Node's error codes of a server certificate that cannot be verified, with explanation and advice. */
const UNTRUSTED: readonly (readonly [pattern: RegExp, explanation: string])[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    'It is for other names than the requested one. Use a name that is in it as host of the endpoint.',
  ],
  [/^CERT_HAS_EXPIRED$/, 'It has expired. The server needs a new one, or the clock of this machine is wrong.'],
  [/^CERT_NOT_YET_VALID$/, 'It is not valid yet. Check the clock of this machine.'],
  [/^INVALID_PURPOSE$/, 'It is not intended for servers (extended key usage).'],
  [/^CERT_REVOKED$/, 'It was revoked.'],
  [
    /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_CA$|PATH_LENGTH_EXCEEDED$)/,
    "If a private authority issued it, pass that authority's certificate as `$ca`. Otherwise another server may be responding.",
  ],
];

/** OpenSSL's error codes of TLS versions or protocols without an overlap, with explanation and advice. */
const PROTOCOLS: readonly (readonly [pattern: RegExp, explanation: string])[] = [
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/, 'Check that it speaks TLS there: scheme and port.'],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, 'It supports none of the allowed TLS versions.'],
  [/NO_APPLICATION_PROTOCOL/, 'It supports neither HTTP/1.1 nor HTTP/2 there.'],
];

/** The progress of a connection that failed. */
export interface TlsProgress {
  readonly server: string;
  /** Name of the option for private authorities. Default `ca`. */
  readonly ca?: string | undefined;
  /** True if the connection has a client certificate that the server has not accepted so far. */
  readonly isCertificateUnproven: boolean;
  /** True if a response has arrived. */
  readonly hasResponse: boolean;
  /** True if the connection carried another request before. */
  readonly isReused: boolean;
  /** True if the request was written. */
  readonly isSent: boolean;
}

/** Returns the error of a failure caused by TLS; undefined for any other failure. A retry cannot help. */
export function toTlsFailure(code: string, cause: Error, progress: TlsProgress): CrewError | undefined {
  const { server } = progress;
  const refused = explanationOf(CERTIFICATE_ALERTS, code);
  if (refused !== undefined) {
    const message = `${server} refused the client certificate, or the lack of one, in the TLS handshake (${code}). ${refused}`;
    return new AuthenticationError(message, { cause });
  }
  const untrusted = explanationOf(UNTRUSTED, code);
  if (untrusted !== undefined) {
    const explanation = untrusted.replace('$ca', progress.ca ?? 'ca');
    return new ConnectionError(`The certificate of ${server} is not trusted (${code}). ${explanation}`, { cause });
  }
  // A GOAWAY has the same code, but a server that sends it has accepted the connection.
  if (!cause.message.startsWith('HTTP/2:') && isClosedOnCertificate(code, progress)) {
    const message =
      `${server} closed the connection right after receiving the client certificate (${code}), and has never accepted it. ` +
      'Most likely it refuses the certificate: check which authority it expects. Its log has the reason.';
    return new AuthenticationError(message, { cause });
  }
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const explanation =
    explanationOf(PROTOCOLS, code) ??
    'Check that it speaks TLS there, and whether it requires a client certificate, or a different one.';
  return new ConnectionError(`The TLS handshake with ${server} failed (${code}). ${explanation}`, { cause });
}

/**
 * Returns true if the server probably closed the connection because of the client certificate. Some servers, such as Node,
 * send no alert. In TLS 1.2 they end the handshake. In TLS 1.3 the client has completed its part by then, and notices the end
 * when it waits for the response.
 */
function isClosedOnCertificate(
  code: string,
  { isCertificateUnproven, hasResponse, isReused, isSent }: TlsProgress,
): boolean {
  if (!isCertificateUnproven || hasResponse || isReused) return false;
  // Only an orderly end: a reset is more likely caused by the network.
  return code === HANDSHAKE_ENDED || (isSent && code === 'UND_ERR_SOCKET');
}

/** Error code of a connection that the server ended during the handshake, after presenting its own certificate. */
export const HANDSHAKE_ENDED = 'ERR_TLS_HANDSHAKE_ENDED';

function explanationOf(
  explanations: readonly (readonly [pattern: RegExp, explanation: string])[],
  code: string,
): string | undefined {
  return explanations.find(([pattern]) => pattern.test(code))?.[1];
}
