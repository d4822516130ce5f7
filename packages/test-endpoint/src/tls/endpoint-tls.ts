import type { SecureVersion } from 'node:tls';
import { type CertificateAuthority, createAuthority, type IssuedCertificate } from './authority.ts';

/** The endpoint's side of TLS. */
export interface EndpointTls {
  /** Issues the server's certificate, and is what `endpoint.ca` gives. Default: one made now. */
  readonly authority?: CertificateAuthority | undefined;
  /** The server's certificate. Default: issued by `authority` for `localhost`, `127.0.0.1` and `::1`. */
  readonly certificate?: IssuedCertificate | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
}

/** The certificate that a server on loopback shows, and the authority behind it. */
export interface ServerIdentity {
  /** PEM of the root that a client must trust. */
  readonly ca: string;
  readonly certificate: IssuedCertificate;
}

export async function serverIdentity(tls: EndpointTls): Promise<ServerIdentity> {
  if (tls.certificate !== undefined) {
    return { ca: tls.authority?.certificate ?? tls.certificate.root, certificate: tls.certificate };
  }
  const authority = tls.authority ?? (await createAuthority());
  const certificate = await authority.issue({ commonName: 'localhost', dns: ['localhost'], ip: ['127.0.0.1', '::1'] });
  return { ca: authority.certificate, certificate };
}

/** What node:tls takes to show a certificate with its chain. */
export function keyPair(certificate: IssuedCertificate): { readonly key: string; readonly cert: string } {
  return { key: certificate.key, cert: certificate.chain };
}
