import {
  type CertificateRequest,
  generateKeys,
  issueCertificate,
  type KeyType,
  type SigningIdentity,
} from './certificate.ts';

export interface IssuedCertificate {
  /** PEM of the certificate alone. */
  readonly certificate: string;
  /** PEM of the private key (PKCS #8). */
  readonly key: string;
  /** PEM of the certificate and the intermediates up to, and without, the root. */
  readonly chain: string;
  /** PEM of the root. */
  readonly root: string;
  /** SHA-256 of the DER form, upper-case hex with colons, as node:tls writes it. */
  readonly fingerprint256: string;
}

export interface AuthorityOptions {
  /** Default `Test Root`, `Test Intermediate` for an intermediate. */
  readonly commonName?: string | undefined;
  /** Default `p256`. */
  readonly keyType?: KeyType | undefined;
  /** Default: an hour ago. */
  readonly notBefore?: Date | undefined;
  /** Default: in a day. */
  readonly notAfter?: Date | undefined;
}

/** A certificate authority in memory. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  /** PEM (PKCS #8). */
  readonly key: string;
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
  /** An authority below this one. What it issues carries the whole chain. */
  intermediate(options?: AuthorityOptions): Promise<CertificateAuthority>;
}

/**
 * Makes a certificate authority: a self-signed root (RFC 5280), in memory, for this run.
 *
 * @example
 * const authority = await createAuthority();
 * const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
 */
export async function createAuthority(options: AuthorityOptions = {}): Promise<CertificateAuthority> {
  const keys = await generateKeys(options.keyType ?? 'p256');
  const root = await issueCertificate({ ...options, commonName: options.commonName ?? 'Test Root' }, keys, undefined);
  return authorityOf(root, '', root.certificate);
}

function authorityOf(identity: SigningIdentity, chain: string, root: string): CertificateAuthority {
  return {
    certificate: identity.certificate,
    key: identity.key,
    async issue(request) {
      const keys = await generateKeys(request.keyType ?? 'p256');
      const { certificate, key, fingerprint256 } = await issueCertificate(
        { ...request, usage: request.usage ?? 'server' },
        keys,
        identity,
      );
      return { certificate, key, chain: certificate + chain, root, fingerprint256 };
    },
    async intermediate(below = {}) {
      const keys = await generateKeys(below.keyType ?? 'p256');
      const issued = await issueCertificate(
        { ...below, commonName: below.commonName ?? 'Test Intermediate' },
        keys,
        identity,
      );
      return authorityOf(issued, issued.certificate + chain, root);
    },
  };
}
