import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { ConfigurationError } from '@crew/core';

/** The certificates of an option as a list, each checked. */
export function authorities(ca: string | readonly string[] | undefined, what: string): readonly string[] | undefined {
  if (ca === undefined) return undefined;
  const list = typeof ca === 'string' ? [ca] : ca;
  if (!Array.isArray(list) || list.length === 0) {
    throw new ConfigurationError(`${what} must be one PEM certificate or more.`);
  }
  for (const certificate of list) checkCertificate(certificate, what);
  return [...list];
}

function checkCertificate(certificate: unknown, what: string): void {
  try {
    if (typeof certificate !== 'string') throw new TypeError('not a string');
    new X509Certificate(certificate);
  } catch (thrown) {
    throw new ConfigurationError(
      `${what} has something that is no PEM certificate ("-----BEGIN CERTIFICATE-----"). Give the text, not a file name.`,
      { cause: thrown },
    );
  }
}

/** These certificates besides those that Node trusts by default, `NODE_EXTRA_CA_CERTS` included. */
export function besidesDefaults(ca: readonly string[] | undefined): string[] | undefined {
  return ca === undefined ? undefined : [...getCACertificates('default'), ...ca];
}
