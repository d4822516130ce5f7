import type { X509Certificate } from 'node:crypto';
import { CredentialError } from '@crew/core';
import { nameOf } from './chain.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { materialError } from './material-error.ts';

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';
/** Signature algorithms on MD5 or SHA-1, which TLS 1.2 servers of today and TLS 1.3 refuse (RFC 9155; RFC 8446, 4.2.3). */
const WEAK_SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'MD5'],
  ['1.2.840.113549.1.1.5', 'SHA-1'],
  ['1.2.840.10045.4.1', 'SHA-1'],
]);

/** Checks the dates of a certificate of the chain, at `now` in milliseconds since the epoch. */
export function checkDates(certificate: X509Certificate, now: number): void {
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  if (now < from) {
    throw materialError(
      `The certificate ${nameOf(certificate)} is not valid before ${isoTime(from)}, and now is ${isoTime(now)}. Wait, or ` +
        "check this machine's clock.",
    );
  }
  if (now >= to) throw expired(nameOf(certificate), to, now);
}

/** The error about a certificate whose time is over. `rejection` is why the newest one is not in use instead, if so. */
export function expired(name: string, notAfter: number, now: number, rejection?: Error): Error {
  const why = rejection === undefined ? '' : ` A newer one is there, but cannot be used: ${rejection.message}`;
  return materialError(
    `The certificate ${name} expired at ${isoTime(notAfter)}, and now is ${isoTime(now)}. Replace it by a new one, or ` +
      `check this machine's clock.${why}`,
  );
}

/**
 * Checks that a certificate may be shown by a client, and its signature.
 *
 * @returns what was read for it.
 */
export function checkClientUse(certificate: X509Certificate, what: string): Extensions {
  const extensions = extensionsOf(certificate, what);
  const name = nameOf(certificate);
  const { keyUsage, extendedKeyUsage } = extensions;
  if (keyUsage !== undefined && !keyUsage.digitalSignature) {
    throw materialError(
      `The certificate ${name} must not be used for signatures: its key usage lacks digitalSignature, which TLS clients ` +
        'need (RFC 8446, section 4.4.2.3). Have one issued for TLS clients.',
    );
  }
  if (
    extendedKeyUsage !== undefined &&
    !extendedKeyUsage.some(id => id === CLIENT_AUTHENTICATION || id === ANY_USAGE)
  ) {
    throw materialError(
      `The certificate ${name} is not meant for clients: its extended key usage lacks clientAuth (RFC 5280, section ` +
        '4.2.1.12). Is it the certificate of a server?',
    );
  }
  return extensions;
}

/** Checks the algorithm with which a certificate was signed. */
export function checkSignature(certificate: X509Certificate, what: string): void {
  const weak = WEAK_SIGNATURES.get(extensionsOf(certificate, what).signatureAlgorithm);
  if (weak === undefined) return;
  throw materialError(
    `The certificate ${nameOf(certificate)} is signed with ${weak}, which is broken. Have it issued anew with SHA-256.`,
  );
}

function extensionsOf(certificate: X509Certificate, what: string): Extensions {
  try {
    return readExtensions(certificate.raw);
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw materialError(`${what}: ${thrown.message}`);
    throw materialError(`${what}: the extensions of ${nameOf(certificate)} cannot be read (RFC 5280).`);
  }
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
