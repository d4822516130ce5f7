import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { excerpt } from '@crew/core';
import type { ConnectionCredentials } from '@crew/llm-http/adapter';
import type { CertificateInfo } from '../certificate-info.ts';
import type { ServerCheck } from '../server/server-check.ts';
import { chainOf, nameOf, oneLine } from './chain.ts';
import { checkClientUse, checkDates, checkSignature } from './check-certificate.ts';
import type { AlternativeName } from './extensions.ts';
import { materialError } from './material-error.ts';
import { checkStrength } from './private-key.ts';

/** The parts of an identity, as they were read. */
export interface IdentityParts {
  readonly certificates: readonly X509Certificate[];
  readonly key: KeyObject;
  /** PEM certificates of the authorities to trust, and nothing besides; undefined leaves that to the LLM's options. */
  readonly ca: readonly string[] | undefined;
  /** Where the certificates came from, for errors. */
  readonly what: string;
}

/** What is asked of the server whatever the identity. */
export interface ServerRules {
  readonly serverName: string | undefined;
  readonly minVersion: ConnectionCredentials['minVersion'];
  readonly check: ServerCheck | undefined;
}

const DAY = 86_400_000;

/**
 * A client certificate with its key, checked as a whole: the key fits, the chain is one, all of it is valid at `now`,
 * may be used by clients, and is strong enough. Key and chain show in no printed or serialised form.
 */
export class Identity implements ConnectionCredentials {
  readonly id: string;
  /** The leaf's expiry or the one of an issuer, whichever comes first, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Which of the chain that is. */
  readonly expiresFirst: string;
  /** When the leaf's life began, in milliseconds since the epoch. */
  readonly validFrom: number;
  readonly leaf: X509Certificate;
  readonly #alternativeNames: readonly AlternativeName[];
  readonly #cert: string;
  readonly #key: string;
  readonly #ca: readonly string[] | undefined;
  readonly #rules: ServerRules;

  /** @throws {CredentialError} that says which of the checks failed. */
  constructor(parts: IdentityParts, rules: ServerRules, now: number) {
    const { certificates, key, ca, what } = parts;
    const chain = chainOf(certificates, key, what);
    const [leaf] = chain;
    if (leaf === undefined) throw materialError(`${what} has no certificate.`);
    for (const certificate of chain) {
      checkDates(certificate, now);
      checkSignature(certificate, what);
    }
    this.#alternativeNames = checkClientUse(leaf, what).alternativeNames;
    checkStrength(key, what);
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
    this.#checkByTls(what);
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
    return this.#rules.check;
  }

  get name(): string {
    return nameOf(this.leaf);
  }

  /** What can be told, at `now` in milliseconds since the epoch. */
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

  /** The TLS library has the last word: its own policy may forbid what passed above. */
  #checkByTls(what: string): void {
    try {
      createSecureContext({
        cert: this.#cert,
        key: this.#key,
        ...(this.#ca === undefined ? {} : { ca: [...this.#ca] }),
      });
    } catch (thrown) {
      const said = thrown instanceof Error ? excerpt(thrown.message, 300) : 'unknown reason';
      throw materialError(`${what} cannot be used by the TLS library of this Node: ${said}.`);
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
