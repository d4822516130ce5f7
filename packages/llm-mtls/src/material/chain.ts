import type { KeyObject, X509Certificate } from 'node:crypto';
import { excerpt } from '@crew/core';
import { materialError } from './material-error.ts';

/** The longest chain that makes sense, and a bound on the work that a bundle given by mistake causes. */
const LONGEST = 32;

/**
 * The chain to present: the certificate that the key belongs to, then its issuers. A root is left out, because the
 * server must have it anyway (RFC 8446, section 4.4.2).
 *
 * @throws {CredentialError} when no certificate fits the key, or one does not belong to the chain.
 */
export function chainOf(certificates: readonly X509Certificate[], key: KeyObject, what: string): X509Certificate[] {
  if (certificates.length > LONGEST) {
    throw materialError(
      `${what} has ${certificates.length} certificates, more than the ${LONGEST} of any chain. Give the certificate and its ` +
        'issuers, not a bundle of authorities.',
    );
  }
  const leaf = certificates.find(certificate => certificate.checkPrivateKey(key));
  if (leaf === undefined) {
    const names = [...certificates.slice(0, 3).map(nameOf), ...(certificates.length > 3 ? ['and others'] : [])].join(
      ', ',
    );
    throw materialError(
      `The private key does not fit the certificate (${what}: ${names}). They must be made together; was only one of ` +
        'them replaced?',
    );
  }
  const chain = [leaf];
  // Breadth first, so that cross-signed issuers are kept too.
  for (const certificate of chain) {
    chain.push(...certificates.filter(other => !chain.includes(other) && isIssuedBy(certificate, other)));
  }
  const stray = certificates.find(certificate => !chain.includes(certificate));
  if (stray !== undefined) {
    throw materialError(
      `${what} has a certificate that is not part of the chain of ${nameOf(leaf)}: ${nameOf(stray)}. Remove it, or put ` +
        'the one of the missing issuer between them.',
    );
  }
  return chain.filter(certificate => certificate === leaf || !isIssuedBy(certificate, certificate));
}

/** Returns the subject as a line for errors, at most 200 characters of it. */
export function nameOf(certificate: X509Certificate): string {
  return excerpt(oneLine(certificate.subject)) || `serial number ${excerpt(certificate.serialNumber)}`;
}

/** A distinguished name, which Node gives in lines. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
