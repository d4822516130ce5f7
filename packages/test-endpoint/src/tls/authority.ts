import {
  type CertificateRequest,
  generateKeys,
  issueCertificate,
  type KeyType,
  type SigningIdentity,
} from './certificate.ts';

/** A certificate with its private key and chain. */
export interface IssuedCertificate {
  /** The certificate alone, in PEM. */
  readonly certificate: string;
  /** The private key (PKCS #8), in PEM. */
  readonly key: string;
  /** The certificate and the intermediates, without the root, in PEM. */
  readonly chain: string;
  /** The root certificate, in PEM. */
  readonly root: string;
  /** SHA-256 fingerprint of the DER form, in upper-case hex with colons, as in node:tls. */
  readonly fingerprint256: string;
}

/** Options of `createAuthority`. */
export interface AuthorityOptions {
  /** Common name. Default `Test Root`, or `Test Intermediate` for an intermediate. */
  readonly commonName?: string | undefined;
  /** Default `p256`. */
  readonly keyType?: KeyType | undefined;
  /** Start of validity. Default: one hour ago. */
  readonly notBefore?: Date | undefined;
  /** End of validity. Default: in one day. */
  readonly notAfter?: Date | undefined;
}

/** A certificate authority in memory. */
export interface CertificateAuthority {
  /** Certificate of the authority, in PEM. */
  readonly certificate: string;
  /** Private key of the authority (PKCS #8), in PEM. */
  readonly key: string;
  /** Issues a certificate with a new key. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
  /** Creates an intermediate authority. Its certificates carry the whole chain. */
  intermediate(options?: AuthorityOptions): Promise<CertificateAuthority>;
}

/**
 * Creates a certificate authority at run time: a self-signed root (RFC 5280) whose key stays in memory.
 *
 * @example
 * ```ts
 * import { request } from 'node:https';
 * import { createAuthority, startEndpoint, text } from '@crew/test-endpoint';
 *
 * const authority = await createAuthority();
 * const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
 * const endpoint = await startEndpoint({ tls: { authority }, clientCertificate: 'require', replies: [text('Hi')] });
 *
 * const options = { method: 'POST', ca: endpoint.ca, key: client.key, cert: client.chain, agent: false };
 * await new Promise(resolve =>
 *   request(endpoint.url, options, response => response.resume().on('end', resolve)).end('{}'),
 * );
 * console.log(endpoint.requests[0]?.tls?.peer?.subject); // CN=crew
 * await endpoint.close();
 * ```
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
    async intermediate(options = {}) {
      const keys = await generateKeys(options.keyType ?? 'p256');
      const issued = await issueCertificate(
        { ...options, commonName: options.commonName ?? 'Test Intermediate' },
        keys,
        identity,
      );
      return authorityOf(issued, issued.certificate + chain, root);
    },
  };
}
