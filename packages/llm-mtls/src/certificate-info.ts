/** What can be told of the client certificate in use. Nothing of it is secret. */
export interface CertificateInfo {
  /** The subject's distinguished name, such as `O=Example, CN=crew`. */
  readonly subject: string;
  /** The issuer's distinguished name. */
  readonly issuer: string;
  /** The subject alternative names, each with its type in front: `DNS:crew.example`, `URI:spiffe://example.org/crew`. */
  readonly subjectAltNames: readonly string[];
  /** Upper-case hex. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, upper-case hex with colons, as OpenSSL and Node write it. */
  readonly fingerprint256: string;
  /** The same as base64url: the `x5t#S256` that certificate-bound tokens carry (RFC 8705, section 3.1). */
  readonly thumbprint: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** Whole days until it expires, rounded down; negative afterwards. */
  readonly daysLeft: number;
}
