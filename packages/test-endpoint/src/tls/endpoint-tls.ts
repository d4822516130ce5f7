import type { SecureVersion } from 'node:tls';
import { type CertificateAuthority, createAuthority, type IssuedCertificate } from './authority.ts';

/** TLS options of an endpoint or a proxy. */
export interface EndpointTls {
  /** Authority that issues the server's certificate; `endpoint.ca` returns its certificate. Default: a new one. */
  readonly authority?: CertificateAuthority | undefined;
  /** Certificate of the server. Default: issued by `authority` for `localhost`, `127.0.0.1` and `::1`. */
  readonly certificate?: IssuedCertificate | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
}

/** The certificate of a server on loopback and the authority that issued it. */
export interface ServerIdentity {
  /** Root certificate that a client must trust, in PEM. */
  readonly ca: string;
  readonly certificate: IssuedCertificate;
}

/** Returns the configured certificate, or issues one for loopback. */
export async function serverIdentity(tls: EndpointTls): Promise<ServerIdentity> {
  if (tls.certificate !== undefined) {
    return { ca: tls.authority?.certificate ?? tls.certificate.root, certificate: tls.certificate };
  }
  const authority = tls.authority ?? (await createAuthority());
  const certificate = await authority.issue({ commonName: 'localhost', dns: ['localhost'], ip: ['127.0.0.1', '::1'] });
  return { ca: authority.certificate, certificate };
}

/** Returns the options with which node:tls presents a certificate and its chain. */
export function keyPair(certificate: IssuedCertificate): { readonly key: string; readonly cert: string } {
  return { key: certificate.key, cert: certificate.chain };
}
