import { getCACertificates } from 'node:tls';
import { copyOptions } from '@crew/core';
import { spiffeIdOf } from '../server/spiffe-id.ts';
import { readExtensions } from './extensions.ts';
import { Identity, type IdentityParts, type ServerRules } from './identity.ts';
import type { CertificateMaterial } from './material.ts';
import { materialError } from './material-error.ts';
import { readPassphrase } from './passphrase.ts';
import { readCertificates } from './pem.ts';
import { readPkcs12 } from './pkcs12.ts';
import { readPrivateKey } from './private-key.ts';

/** How material becomes an identity. */
export interface IdentityRules extends ServerRules {
  /** Whether the material's authorities are trusted beside those that Node trusts, or alone. */
  readonly caMode: 'append' | 'replace';
  /** Whether the client certificate must be an X509-SVID. */
  readonly svid: boolean;
}

/** What the parts of the material are called in errors: options, or files. */
export interface MaterialNames {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/**
 * Reads and checks material as a whole.
 *
 * @throws {CredentialError} that says what is wrong with which part.
 */
export function readIdentity(
  given: CertificateMaterial,
  names: MaterialNames,
  rules: IdentityRules,
  now: number,
): Identity {
  const material = copyOptions(given);
  const passphrase = readPassphrase(material.passphrase);
  const ca = authorities(material.ca, names.ca, rules.caMode);
  const parts: IdentityParts =
    'pkcs12' in material
      ? { ...readPkcs12(material.pkcs12, passphrase, names.cert), ca, what: names.cert }
      : {
          certificates: readCertificates(material.cert, names.cert),
          key: readPrivateKey(material.key, passphrase, names.key),
          ca,
          what: names.cert,
        };
  const identity = new Identity(parts, rules, now);
  if (rules.svid) checkSvid(identity, names.cert);
  return identity;
}

function authorities(ca: string | readonly string[] | undefined, what: string, mode: 'append' | 'replace') {
  if (ca === undefined) return undefined;
  const list = typeof ca === 'string' ? [ca] : ca;
  if (!Array.isArray(list) || list.length === 0) throw materialError(`${what} must be PEM text, or a list of it.`);
  const own = list.flatMap(pem => readCertificates(pem, what)).map(certificate => certificate.toString());
  return mode === 'replace' ? own : [...getCACertificates('default'), ...own];
}

function checkSvid(identity: Identity, what: string): void {
  const found = spiffeIdOf(readExtensions(identity.leaf.raw), identity.leaf.ca);
  if (typeof found === 'string') throw materialError(`${what}: the certificate ${identity.name} ${found} (X509-SVID).`);
}
