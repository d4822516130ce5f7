import type { KeyObject, X509Certificate } from 'node:crypto';
import { CredentialError, excerpt } from '@crew/core';
import { type Extensions, readExtensions } from './extensions.ts';
import { materialError } from './material.ts';

/** Longest accepted chain, which also bounds the work for a bundle that was configured by mistake. */
const MAX_CERTIFICATES = 32;
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';
/** Signature algorithms on MD5 or SHA-1, which current TLS 1.2 servers and TLS 1.3 reject (RFC 9155; RFC 8446, 4.2.3). */
const WEAK_SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'MD5'],
  ['1.2.840.113549.1.1.5', 'SHA-1'],
  ['1.2.840.10045.4.1', 'SHA-1'],
]);
/** RSA keys below this number of bits are too weak (NIST SP 800-131A). */
const MIN_RSA_BITS = 2048;
/** Curves that TLS certificates may use (RFC 8446, section 4.2.3). */
const CURVES: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * Orders the chain to present: the certificate of the key, then its issuers. The root is omitted, because the server must
 * have it anyway (RFC 8446, section 4.4.2).
 *
 * @throws {CredentialError} if no certificate fits the key, or if a certificate does not belong to the chain.
 */
export function orderChain(certificates: readonly X509Certificate[], key: KeyObject, label: string): X509Certificate[] {
  if (certificates.length > MAX_CERTIFICATES) {
    throw materialError(
      `${label} has ${certificates.length} certificates; at most ${MAX_CERTIFICATES} are allowed. Use the certificate and ` +
        'its issuers, not a bundle of authorities.',
    );
  }
  const leaf = certificates.find(certificate => certificate.checkPrivateKey(key));
  if (leaf === undefined) {
    const names = [...certificates.slice(0, 3).map(nameOf), ...(certificates.length > 3 ? ['and others'] : [])].join(
      ', ',
    );
    throw materialError(
      `The private key does not fit the certificate (${label}: ${names}). Check that both were issued together and that ` +
        'not only one of them was replaced.',
    );
  }
  const chain = [leaf];
  // Breadth first, so that cross-signed issuers are included.
  for (const certificate of chain) {
    chain.push(...certificates.filter(other => !chain.includes(other) && isIssuedBy(certificate, other)));
  }
  const stray = certificates.find(certificate => !chain.includes(certificate));
  if (stray !== undefined) {
    throw materialError(
      `${label} has a certificate that is not part of the chain of ${nameOf(leaf)}: ${nameOf(stray)}. Remove it, or add the ` +
        'certificate of the missing issuer.',
    );
  }
  return chain.filter(certificate => certificate === leaf || !isIssuedBy(certificate, certificate));
}

/** Returns the subject on one line for error messages, at most 200 characters of it. */
export function nameOf(certificate: X509Certificate): string {
  return excerpt(oneLine(certificate.subject)) || `serial number ${excerpt(certificate.serialNumber)}`;
}

/** Joins the lines in which Node writes a distinguished name. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Checks the validity period of a certificate of the chain at `now`, in milliseconds since the epoch. */
export function checkDates(certificate: X509Certificate, now: number): void {
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  if (now < from) {
    throw materialError(
      `The certificate ${nameOf(certificate)} is not valid before ${isoTime(from)}, and now is ${isoTime(now)}. Wait, or ` +
        'check the system clock.',
    );
  }
  if (now >= to) throw expiredError(nameOf(certificate), to, now);
}

/**
 * Creates the error for an expired certificate.
 *
 * @param rejection The reason why a newer certificate is not in use, if there is one.
 */
export function expiredError(name: string, notAfter: number, now: number, rejection?: Error): Error {
  const reason = rejection === undefined ? '' : ` A newer one exists but cannot be used: ${rejection.message}`;
  return materialError(
    `The certificate ${name} expired at ${isoTime(notAfter)}, and now is ${isoTime(now)}. Replace it, or check the system ` +
      `clock.${reason}`,
  );
}

/** Checks that a client may present the certificate. Returns its extensions. */
export function checkClientUse(certificate: X509Certificate, label: string): Extensions {
  const extensions = extensionsOf(certificate, label);
  const name = nameOf(certificate);
  const { keyUsage, extendedKeyUsage } = extensions;
  if (keyUsage !== undefined && !keyUsage.digitalSignature) {
    throw materialError(
      `The certificate ${name} must not be used for signatures: its key usage lacks digitalSignature, which TLS clients ` +
        'need (RFC 8446, section 4.4.2.3). Use a certificate that was issued for TLS clients.',
    );
  }
  if (
    extendedKeyUsage !== undefined &&
    !extendedKeyUsage.some(id => id === CLIENT_AUTHENTICATION || id === ANY_USAGE)
  ) {
    throw materialError(
      `The certificate ${name} is not meant for clients: its extended key usage lacks clientAuth (RFC 5280, section ` +
        '4.2.1.12). Check that it is not the certificate of a server.',
    );
  }
  return extensions;
}

/** Checks the algorithm with which a certificate was signed. */
export function checkSignature(certificate: X509Certificate, label: string): void {
  const weak = WEAK_SIGNATURES.get(extensionsOf(certificate, label).signatureAlgorithm);
  if (weak === undefined) return;
  throw materialError(
    `The certificate ${nameOf(certificate)} is signed with ${weak}, which is broken. Have it reissued with SHA-256.`,
  );
}

/** @throws {CredentialError} if TLS does not use such a key, or if it is too weak. */
export function checkKeyStrength(key: KeyObject, label: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || type === 'ed448') return;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    if (bits >= MIN_RSA_BITS) return;
    throw materialError(`${label} has an RSA key of ${bits} bits, which is too weak. Use at least ${MIN_RSA_BITS}.`);
  }
  if (type === 'ec' && CURVES.includes(details?.namedCurve)) return;
  const name = type === 'ec' ? `a key on the curve ${details?.namedCurve}` : `a ${type} key`;
  throw materialError(`${label} has ${name}, which TLS does not use. Use RSA, P-256, P-384, P-521 or Ed25519.`);
}

function extensionsOf(certificate: X509Certificate, label: string): Extensions {
  try {
    return readExtensions(certificate.raw);
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw materialError(`${label}: ${thrown.message}`);
    throw materialError(`${label}: the extensions of ${nameOf(certificate)} cannot be read (RFC 5280).`);
  }
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
