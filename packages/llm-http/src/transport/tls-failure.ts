import { AuthenticationError, ConnectionError, type CrewError } from '@crew/core';

/** Alerts (RFC 8446, section 6.2) with which a server refuses a client certificate, and what each says. */
const CERTIFICATE_ALERTS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/ALERT_CERTIFICATE_REQUIRED|ALERT_NO_CERTIFICATE/, 'It was given none: set a client certificate.'],
  [
    /ALERT_UNKNOWN_CA/,
    'It does not know the authority that issued it: check the chain, and which authority it expects.',
  ],
  [/ALERT_CERTIFICATE_EXPIRED/, 'It holds it to be expired: replace it, or check the clocks.'],
  [/ALERT_CERTIFICATE_REVOKED/, 'It was revoked: have another one issued.'],
  [/ALERT_UNSUPPORTED_CERTIFICATE/, 'It does not take this type of key: try RSA or P-256.'],
  [/ALERT_ACCESS_DENIED/, 'The certificate is good, but has no access: ask who runs the server.'],
  [/ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)/, 'Its log says why; often the issuer is not one it expects.'],
];

/** Node's names for a server certificate that does not verify, what each says, and what to do. */
const UNTRUSTED: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    'It is for other names than the one asked for. Use one that is in it as host of the endpoint.',
  ],
  [/^CERT_HAS_EXPIRED$/, 'It has expired. The server needs a new one, or the clock of this machine is wrong.'],
  [/^CERT_NOT_YET_VALID$/, 'It is not valid yet. Check the clock of this machine.'],
  [/^INVALID_PURPOSE$/, 'It is not meant for servers (extended key usage).'],
  [/^CERT_REVOKED$/, 'It was revoked.'],
  [
    /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_CA$|PATH_LENGTH_EXCEEDED$)/,
    "If a private authority issued it, give that authority's certificate as `$ca`; otherwise somebody else may be answering.",
  ],
];

/** Versions of TLS, or protocols, that do not meet. */
const PROTOCOLS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/, 'Check that it speaks TLS there: scheme and port.'],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, 'Its versions of TLS and the allowed ones do not meet.'],
  [/NO_APPLICATION_PROTOCOL/, 'It speaks neither HTTP/1.1 nor HTTP/2 there.'],
];

/** What a failed connection had to do with TLS. */
export interface TlsProgress {
  readonly server: string;
  /** The option that takes private authorities. Default `ca`. */
  readonly ca?: string | undefined;
  /** Whether the connection had a client certificate to show that the server has not accepted yet. */
  readonly isCertificateUnproven: boolean;
  /** Whether a response came on this connection, or another request before this one. */
  readonly hasResponse: boolean;
  readonly isReused: boolean;
  readonly isSent: boolean;
}

/**
 * A failure that TLS is to blame for, explained; undefined when it is not. None of them is one of the network: trying
 * again cannot help.
 */
export function toTlsFailure(code: string, cause: Error, progress: TlsProgress): CrewError | undefined {
  const { server } = progress;
  const refused = meaningOf(CERTIFICATE_ALERTS, code);
  if (refused !== undefined) {
    const message = `${server} refused the client certificate, or the lack of one, in the TLS handshake (${code}). ${refused}`;
    return new AuthenticationError(message, { cause });
  }
  const untrusted = meaningOf(UNTRUSTED, code);
  if (untrusted !== undefined) {
    const meaning = untrusted.replace('$ca', progress.ca ?? 'ca');
    return new ConnectionError(`The certificate of ${server} is not trusted (${code}). ${meaning}`, { cause });
  }
  // A GOAWAY has the same code, but is sent by a server that let the connection come about.
  if (!cause.message.startsWith('HTTP/2:') && hungUpOnCertificate(code, progress)) {
    const message =
      `${server} hung up as soon as it had been shown the client certificate (${code}), and has never accepted it. Most ` +
      'likely it refuses it: check which authority it expects. Its log says why.';
    return new AuthenticationError(message, { cause });
  }
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const meaning =
    meaningOf(PROTOCOLS, code) ??
    'Check that it speaks TLS there, and whether it wants a client certificate, or another.';
  return new ConnectionError(`The TLS handshake with ${server} failed (${code}). ${meaning}`, { cause });
}

/**
 * Some servers, Node's among them, send no alert: they close. In TLS 1.2 that ends the handshake; in TLS 1.3 the client
 * has finished its own part by then and finds out when it waits for the answer.
 */
function hungUpOnCertificate(
  code: string,
  { isCertificateUnproven, hasResponse, isReused, isSent }: TlsProgress,
): boolean {
  if (!isCertificateUnproven || hasResponse || isReused) return false;
  // An orderly end: a reset is more likely the network's.
  return code === HANDSHAKE_ENDED || (isSent && code === 'UND_ERR_SOCKET');
}

/** The code of a connection that the server ended in the middle of the handshake, after it had begun to answer. */
export const HANDSHAKE_ENDED = 'ERR_TLS_HANDSHAKE_ENDED';

function meaningOf(
  meanings: readonly (readonly [pattern: RegExp, meaning: string])[],
  code: string,
): string | undefined {
  return meanings.find(([pattern]) => pattern.test(code))?.[1];
}
