import { createHash, X509Certificate } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ConfigurationError, ConnectionError, excerpt } from '@crew/core';
import { readExtensions } from './material/extensions.ts';
import { parseSpiffeId, type SpiffeId, spiffeIdOf } from './material/spiffe-id.ts';

/**
 * A check of a server whose certificate chain was verified. It returns `undefined` to accept the server, or the error that
 * ends the connection. It replaces `checkServerIdentity` of node:tls and has the same signature.
 */
export type ServerCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/**
 * Creates the check that the options require beyond the chain. Returns `undefined` if that is only the host name (RFC 9525),
 * which Node checks itself.
 *
 * @throws {ConfigurationError} if one of the options is invalid.
 */
export function createServerCheck(options: {
  readonly serverKeyPins?: readonly string[] | undefined;
  readonly serverSpiffeId?: string | undefined;
}): ServerCheck | undefined {
  const { serverKeyPins, serverSpiffeId } = options;
  if (serverKeyPins === undefined && serverSpiffeId === undefined) return undefined;
  const checkName = serverSpiffeId === undefined ? checkServerIdentity : spiffeCheck(serverSpiffeId);
  const checkKey = serverKeyPins === undefined ? undefined : keyPinCheck(serverKeyPins);
  return (host, certificate) => checkName(host, certificate) ?? checkKey?.(host, certificate);
}

const PIN = /^(?:sha256\/)?([A-Za-z0-9+/]{43}=)$/u;

/**
 * Creates a check that the server's certificate has one of the pinned public keys: SHA-256 of its SubjectPublicKeyInfo in
 * base64, as in RFC 7469, section 2.4.
 */
function keyPinCheck(pins: readonly string[]): ServerCheck {
  if (!Array.isArray(pins) || pins.length === 0) {
    throw new ConfigurationError('serverKeyPins must be a list of at least one pin.');
  }
  const allowed = new Set(pins.map(parsePin));
  return (host, { raw }) => {
    const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256').update(key).digest('base64');
    if (allowed.has(pin)) return undefined;
    return new ConnectionError(
      `The key of the server ${host} is not one of the pinned keys: sha256/${pin}. If the key was replaced on purpose, add ` +
        'this pin to serverKeyPins. Otherwise another party may be answering.',
    );
  };
}

function parsePin(pin: unknown): string {
  const digest = typeof pin === 'string' ? PIN.exec(pin)?.[1] : undefined;
  if (digest !== undefined) return digest;
  throw new ConfigurationError(
    'serverKeyPins must be SHA-256 digests of public keys in base64, optionally with the prefix "sha256/". Compute one with: ' +
      '`openssl x509 -in server.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | ' +
      'base64`.',
  );
}

/**
 * Creates a check of the server's X509-SVID that replaces the check of its host name. The server must have exactly this SPIFFE
 * ID, or belong to this trust domain (X509-SVID, section 5.2; SPIFFE-ID, section 2).
 *
 * @param expected `spiffe://example.org/llm` for one server, `spiffe://example.org` for all servers of the trust domain.
 */
function spiffeCheck(expected: unknown): ServerCheck {
  const wanted = typeof expected === 'string' ? parseSpiffeId(expected) : undefined;
  if (wanted === undefined) {
    throw new ConfigurationError(
      'serverSpiffeId must be a SPIFFE ID, such as spiffe://example.org/llm, or a trust domain, such as ' +
        'spiffe://example.org.',
    );
  }
  return (host, { raw }) => {
    const found = readSpiffeId(raw);
    if (typeof found === 'string') {
      return new ConnectionError(`The certificate of the server ${host} ${found}. Expected: ${wanted.id}.`);
    }
    if (matches(found, wanted)) return undefined;
    return new ConnectionError(
      `The server ${host} is ${excerpt(found.id, 300)}, not ${wanted.id}. Check serverSpiffeId. If it is correct, another ` +
        'party is answering.',
    );
  };
}

function matches(found: SpiffeId, wanted: SpiffeId): boolean {
  return wanted.path === '' ? found.trustDomain === wanted.trustDomain : found.id === wanted.id;
}

/** Returns the SPIFFE ID of a certificate, or the problem with it as the end of a sentence. */
function readSpiffeId(raw: Buffer): SpiffeId | string {
  try {
    return spiffeIdOf(readExtensions(raw), new X509Certificate(raw).ca);
  } catch {
    return 'cannot be read (RFC 5280)';
  }
}
