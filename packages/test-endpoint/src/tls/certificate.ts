import { KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import type { Extension } from '@peculiar/x509';

/** Properties of a certificate to issue. */
export interface CertificateRequest {
  readonly commonName: string;
  /** DNS names of the subject alternative name (RFC 5280 section 4.2.1.6). */
  readonly dns?: readonly string[] | undefined;
  /** IP addresses of the subject alternative name. */
  readonly ip?: readonly string[] | undefined;
  /** URIs of the subject alternative name, such as a SPIFFE ID. */
  readonly uri?: readonly string[] | undefined;
  /** Extended key usage (RFC 5280 section 4.2.1.12). `none` omits the extension. Default `server`. */
  readonly usage?: 'server' | 'client' | 'both' | 'none' | undefined;
  /** Default `p256`. */
  readonly keyType?: KeyType | undefined;
  /** Start of validity. Default: one hour ago. */
  readonly notBefore?: Date | undefined;
  /** End of validity. Default: in one day. */
  readonly notAfter?: Date | undefined;
}

/** A certificate with its key, which can sign other certificates. */
export interface SigningIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly fingerprint256: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

const HOUR = 3_600_000;

/**
 * Issues a certificate: for an end entity if `usage` is set, otherwise for an authority. Without an issuer the certificate is
 * self-signed.
 */
export async function issueCertificate(
  request: CertificateRequest,
  keys: webcrypto.CryptoKeyPair,
  issuer: SigningIdentity | undefined,
): Promise<SigningIdentity> {
  const x509 = await loadX509();
  const signer = issuer ?? { keys };
  const name = [{ CN: [request.commonName] }];
  const created = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex').replace(/^./u, '4'),
    subject: name,
    issuer: issuer === undefined ? name : new x509.X509Certificate(issuer.certificate).subjectName.toJSON(),
    notBefore: request.notBefore ?? new Date(Date.now() - HOUR),
    notAfter: request.notAfter ?? new Date(Date.now() + 24 * HOUR),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: signatureAlgorithm(signer.keys.privateKey.algorithm.name),
    extensions: await extensions(x509, request, keys, signer.keys),
  });
  const certificate = `${created.toString('pem')}\n`;
  return {
    certificate,
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint256: new X509Certificate(certificate).fingerprint256,
    keys,
  };
}

type X509 = typeof import('@peculiar/x509');

async function extensions(
  x509: X509,
  request: CertificateRequest,
  keys: webcrypto.CryptoKeyPair,
  signing: webcrypto.CryptoKeyPair,
): Promise<Extension[]> {
  const { KeyUsageFlags } = x509;
  const identifiers = [
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey),
  ];
  if (request.usage === undefined) {
    const usages = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
    return [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(usages, true),
      ...identifiers,
    ];
  }
  const names = [
    ...(request.dns ?? []).map(value => ({ type: 'dns', value }) as const),
    ...(request.ip ?? []).map(value => ({ type: 'ip', value }) as const),
    ...(request.uri ?? []).map(value => ({ type: 'url', value }) as const),
  ];
  const usages = EXTENDED_USAGES[request.usage].map(usage => x509.ExtendedKeyUsage[usage]);
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ...(usages.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(usages)]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ...identifiers,
  ];
}

const EXTENDED_USAGES = {
  server: ['serverAuth'],
  client: ['clientAuth'],
  both: ['serverAuth', 'clientAuth'],
  none: [],
} as const;

/** Imports the X.509 library at first use, because it requires a polyfill of `Reflect` that other programs should not load. */
async function loadX509(): Promise<X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** Type of a key pair. `rsa` has 2048 bits, `rsa-1024` is weak on purpose, `p256` is the ECDSA curve. */
export type KeyType = 'rsa' | 'rsa-1024' | 'p256' | 'ed25519';

/** Generates an exportable key pair. */
export async function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm(type), true, ['sign', 'verify']);
  if (!('privateKey' in keys)) throw new TypeError(`The key type ${type} has no key pair.`);
  return keys;
}

/** Returns the signature algorithm for certificates signed by a key of the given type. */
function signatureAlgorithm(type: string): { readonly name: string; readonly hash?: string } {
  return type === 'Ed25519' ? { name: type } : { name: type, hash: 'SHA-256' };
}

function keyAlgorithm(type: KeyType): webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | { name: 'Ed25519' } {
  if (type === 'ed25519') return { name: 'Ed25519' };
  if (type === 'p256') return { name: 'ECDSA', namedCurve: 'P-256' };
  const modulusLength = type === 'rsa' ? 2048 : 1024;
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength };
}
