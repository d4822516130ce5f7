import { KeyObject, randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import type { Extension } from '@peculiar/x509';
import type { CertificateRequest } from './authority.ts';
import { signatureAlgorithm } from './key-type.ts';

/** A certificate with its key, able to sign others. */
export interface SigningIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly fingerprint256: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

const HOUR = 3_600_000;

/** Makes one certificate: an end entity's when `usage` is given, an authority's when it is not; self-signed without an issuer. */
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

/** Loaded at first use: the library needs a polyfill of `Reflect`, which a program that makes no certificate is spared. */
async function loadX509(): Promise<X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
