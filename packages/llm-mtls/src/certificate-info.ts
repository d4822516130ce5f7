import type { CrewEventBase } from '@crew/core';

/**
 * Public information about the client certificate in use. It contains no secrets.
 *
 * @example Report the remaining days, and every renewal
 * ```ts no-run
 * import { type CertificateInfo, MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   certFile: '/etc/crew/tls.crt',
 *   keyFile: '/etc/crew/tls.key',
 * });
 * llm.on('credential', ({ action, expiresAt, error }) => {
 *   if (action === 'renewed') console.log('New certificate, valid until', new Date(expiresAt ?? 0));
 *   if (action === 'failed') console.error('The new certificate is not used:', error?.message);
 *   if (action === 'expiring') console.error('The certificate expires at', new Date(expiresAt ?? 0));
 * });
 * llm.on('key-permissions', ({ path, mode }) => console.warn(`Run chmod 600 on ${path} (mode ${mode}).`));
 *
 * const certificate: CertificateInfo | undefined = llm.certificate;
 * console.log(certificate?.subject, certificate?.subjectAltNames, certificate?.daysLeft);
 * ```
 */
export interface CertificateInfo {
  /** Distinguished name of the subject, such as `O=Example, CN=crew`. */
  readonly subject: string;
  /** Distinguished name of the issuer. */
  readonly issuer: string;
  /** Subject alternative names with their types: `DNS:crew.example`, `URI:spiffe://example.org/crew`. */
  readonly subjectAltNames: readonly string[];
  /** Serial number in upper-case hex. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate in upper-case hex with colons, as OpenSSL and Node write it. */
  readonly fingerprint256: string;
  /** SHA-256 of the certificate as base64url: the `x5t#S256` of certificate-bound tokens (RFC 8705, section 3.1). */
  readonly thumbprint: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** Whole days until the certificate expires, rounded down. Negative after its expiry. */
  readonly daysLeft: number;
}

/**
 * Emitted for a private key in a file that users other than its owner can read or write: once per file and mode, when the
 * certificate is first used. With `strictPermissions` such a file is an error instead.
 */
export interface KeyPermissionsEvent extends CrewEventBase {
  readonly type: 'key-permissions';
  /** Name of the authenticator. */
  readonly authenticator: string;
  readonly path: string;
  /** Mode of the file in octal, such as `0644`. */
  readonly mode: string;
}

declare module '@crew/core' {
  interface CrewEvents {
    'key-permissions': KeyPermissionsEvent;
  }
}
