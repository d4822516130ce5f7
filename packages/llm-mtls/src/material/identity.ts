import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import { copyOptions, excerpt } from '@crew/core';
import type { ConnectionCredentials } from '@crew/llm-http/adapter';
import type { CertificateInfo } from '../certificate-info.ts';
import type { ServerCheck } from '../server-check.ts';
import {
  checkClientUse,
  checkDates,
  checkKeyStrength,
  checkSignature,
  nameOf,
  oneLine,
  orderChain,
} from './certificate-chain.ts';
import { type AlternativeName, readExtensions } from './extensions.ts';
import { type CertificateMaterial, materialError, readPassphrase } from './material.ts';
import { readCertificates, readPrivateKey } from './pem.ts';
import { readPkcs12 } from './pkcs12.ts';
import { spiffeIdOf } from './spiffe-id.ts';

/** Rules by which material becomes an identity. */
export interface IdentityRules extends ServerRules {
  /** Selects whether the authorities of the material extend or replace those that Node trusts. */
  readonly caMode: 'append' | 'replace';
  /** True if the client certificate must be an X509-SVID. */
  readonly requiresSvid: boolean;
}

/** Names of the parts of the material in error messages: options or files. */
export interface MaterialLabels {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/**
 * Reads a certificate with its key and validates them as a whole.
 *
 * @throws {CredentialError} naming the invalid part and the problem with it.
 */
export function readIdentity(
  material: CertificateMaterial,
  labels: MaterialLabels,
  rules: IdentityRules,
  now: number,
): Identity {
  const copy = copyOptions(material);
  const passphrase = readPassphrase(copy.passphrase);
  const ca = readAuthorities(copy.ca, labels.ca, rules.caMode);
  const parts: IdentityParts =
    'pkcs12' in copy
      ? { ...readPkcs12(copy.pkcs12, passphrase, labels.cert), ca, label: labels.cert }
      : {
          certificates: readCertificates(copy.cert, labels.cert),
          key: readPrivateKey(copy.key, passphrase, labels.key),
          ca,
          label: labels.cert,
        };
  const identity = new Identity(parts, rules, now);
  if (rules.requiresSvid) checkSvid(identity, labels.cert);
  return identity;
}

function readAuthorities(ca: string | readonly string[] | undefined, label: string, mode: 'append' | 'replace') {
  if (ca === undefined) return undefined;
  const list = typeof ca === 'string' ? [ca] : ca;
  if (!Array.isArray(list) || list.length === 0)
    throw materialError(`${label} must be a PEM string or a list of PEM strings.`);
  const own = list.flatMap(pem => readCertificates(pem, label)).map(certificate => certificate.toString());
  return mode === 'replace' ? own : [...getCACertificates('default'), ...own];
}

function checkSvid(identity: Identity, label: string): void {
  const found = spiffeIdOf(readExtensions(identity.leaf.raw), identity.leaf.ca);
  if (typeof found === 'string')
    throw materialError(`${label}: the certificate ${identity.name} ${found} (X509-SVID).`);
}

/** Parts of an identity after reading. */
interface IdentityParts {
  readonly certificates: readonly X509Certificate[];
  readonly key: KeyObject;
  /** PEM certificates of all trusted authorities. Undefined leaves the choice to the options of the LLM. */
  readonly ca: readonly string[] | undefined;
  /** Source of the certificates, for error messages. */
  readonly label: string;
}

/** Requirements for the server, independent of the identity. */
export interface ServerRules {
  readonly serverName: string | undefined;
  readonly minVersion: ConnectionCredentials['minVersion'];
  readonly serverCheck: ServerCheck | undefined;
}

/** A day in milliseconds. */
const DAY = 86_400_000;

/**
 * A client certificate with its key, validated as a whole: the key fits the certificate, the certificates form one chain, all
 * of them are valid at `now`, clients may use them, and they are strong enough. No printed or serialised form shows the key or
 * the chain.
 */
export class Identity implements ConnectionCredentials {
  readonly id: string;
  /** Earliest expiry of the leaf and its issuers, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Name of the certificate that expires first. */
  readonly expiresFirst: string;
  /** Start of the leaf's validity, in milliseconds since the epoch. */
  readonly validFrom: number;
  readonly leaf: X509Certificate;
  readonly #alternativeNames: readonly AlternativeName[];
  readonly #cert: string;
  readonly #key: string;
  readonly #ca: readonly string[] | undefined;
  readonly #rules: ServerRules;

  /** @throws {CredentialError} that describes the check that failed. */
  constructor(parts: IdentityParts, rules: ServerRules, now: number) {
    const { certificates, key, ca, label } = parts;
    const chain = orderChain(certificates, key, label);
    const [leaf] = chain;
    if (leaf === undefined) throw materialError(`${label} has no certificate.`);
    for (const certificate of chain) {
      checkDates(certificate, now);
      checkSignature(certificate, label);
    }
    this.#alternativeNames = checkClientUse(leaf, label).alternativeNames;
    checkKeyStrength(key, label);
    this.leaf = leaf;
    this.#cert = chain.map(certificate => certificate.toString()).join('');
    this.#key = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    this.#ca = ca;
    this.#rules = rules;
    this.validFrom = leaf.validFromDate.getTime();
    const shortest = chain.reduce((one, other) => (other.validToDate < one.validToDate ? other : one));
    this.expiresAt = shortest.validToDate.getTime();
    this.expiresFirst = nameOf(shortest);
    this.id = createHash('sha256')
      .update([this.#cert, ...(ca ?? [])].join('\n'))
      .digest('base64url');
    this.#checkByTls(label);
  }

  get cert(): string {
    return this.#cert;
  }

  get key(): string {
    return this.#key;
  }

  get ca(): readonly string[] | undefined {
    return this.#ca;
  }

  get serverName(): string | undefined {
    return this.#rules.serverName;
  }

  get minVersion(): ConnectionCredentials['minVersion'] {
    return this.#rules.minVersion;
  }

  get checkServerIdentity(): ServerCheck | undefined {
    return this.#rules.serverCheck;
  }

  get name(): string {
    return nameOf(this.leaf);
  }

  /** Returns the public information about the certificate at `now`, in milliseconds since the epoch. */
  info(now: number): CertificateInfo {
    const leaf = this.leaf;
    return {
      subject: oneLine(leaf.subject),
      issuer: oneLine(leaf.issuer),
      subjectAltNames: this.#alternativeNames.map(({ type, value }) => `${LABELS[type]}:${value}`),
      serialNumber: leaf.serialNumber,
      fingerprint256: leaf.fingerprint256,
      thumbprint: createHash('sha256').update(leaf.raw).digest('base64url'),
      validFrom: new Date(this.validFrom),
      validTo: leaf.validToDate,
      daysLeft: Math.floor((leaf.validToDate.getTime() - now) / DAY),
    };
  }

  toJSON(): object {
    return { id: this.id, certificate: this.name };
  }

  /** Checks the identity with the TLS library, whose own policy may reject what passed the other checks. */
  #checkByTls(label: string): void {
    try {
      createSecureContext({
        cert: this.#cert,
        key: this.#key,
        ...(this.#ca === undefined ? {} : { ca: [...this.#ca] }),
      });
    } catch (thrown) {
      const reason = thrown instanceof Error ? excerpt(thrown.message, 300) : 'unknown reason';
      throw materialError(`${label} cannot be used by the TLS library of this Node: ${reason}.`);
    }
  }
}

const LABELS: Readonly<Record<AlternativeName['type'], string>> = {
  dns: 'DNS',
  ip: 'IP',
  uri: 'URI',
  email: 'email',
  other: 'other',
};
