import { createHash, X509Certificate } from 'node:crypto';
import { ConfigurationError, ConnectionError } from '@crew/core';
import type { ServerCheck } from './server-check.ts';

const PIN = /^(?:sha256\/)?([A-Za-z0-9+/]{43}=)$/u;

/**
 * A check that the server's certificate has one of the pinned public keys: SHA-256 of its SubjectPublicKeyInfo in
 * base64, as in RFC 7469, section 2.4.
 *
 * @throws {ConfigurationError} for something that is no such pin.
 */
export function spkiPin(pins: readonly string[]): ServerCheck {
  if (!Array.isArray(pins) || pins.length === 0) {
    throw new ConfigurationError('serverKeyPins must be a list of one pin or more.');
  }
  const allowed = new Set(pins.map(read));
  return (host, { raw }) => {
    const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256').update(key).digest('base64');
    if (allowed.has(pin)) return undefined;
    return new ConnectionError(
      `The server ${host} has another key than the pinned ones: sha256/${pin}. If its key was replaced on purpose, add ` +
        'this pin to serverKeyPins; otherwise somebody else may be answering.',
    );
  };
}

function read(pin: unknown): string {
  const digest = typeof pin === 'string' ? PIN.exec(pin)?.[1] : undefined;
  if (digest !== undefined) return digest;
  throw new ConfigurationError(
    'serverKeyPins must be SHA-256 digests of public keys in base64 ("sha256/" in front is allowed). Get one with: ' +
      '`openssl x509 -in server.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | ' +
      'base64`.',
  );
}
