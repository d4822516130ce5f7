import type { Clock } from '@crew/core';
import type { Passphrase } from './material/passphrase.ts';
import type { LoadCertificate } from './source/callback-source.ts';

/**
 * What `clientCertificate()` takes. The certificate comes from exactly one place: `cert` and `key`; `certFile` and
 * `keyFile`; `pkcs12`; `pkcs12File`; `svidDirectory`; or `load`.
 */
export interface ClientCertificateOptions {
  /** PEM of the certificate and its intermediates (RFC 7468). A root among them is not sent. */
  readonly cert?: string | undefined;
  /** PEM of the private key: PKCS#8, or OpenSSL's older forms; encrypted with `passphrase`. */
  readonly key?: string | undefined;
  /** The path of such a certificate chain. The file is read again when it changes. */
  readonly certFile?: string | undefined;
  /** The path of such a key. May be the same file. */
  readonly keyFile?: string | undefined;
  /** The bytes of a PKCS#12 file (RFC 7292) in modern encryption (AES). */
  readonly pkcs12?: Uint8Array | undefined;
  /** The path of such a file, which is read again when it changes. */
  readonly pkcs12File?: string | undefined;
  /** The directory into which spiffe-helper writes `svid.pem`, `svid_key.pem` and `svid_bundle.pem`. */
  readonly svidDirectory?: string | undefined;
  /** A function that gives the certificate, from a vault say. Called first by `ready()` or the first call. */
  readonly load?: LoadCertificate | undefined;
  /** With `load`: milliseconds after which it is called again. Default: when two thirds of the certificate's life are over. */
  readonly maxAge?: number | undefined;
  /** With `load`: milliseconds that it may take. Default 30,000. */
  readonly loadTimeout?: number | undefined;
  /** Of the key or the PKCS#12 file. A function is called at each reading, and what it gives is not kept. */
  readonly passphrase?: Passphrase | undefined;
  /** PEM certificates of private authorities to trust for the server. */
  readonly ca?: string | readonly string[] | undefined;
  /** The path of such certificates, which is read again when it changes. With certificate files only. */
  readonly caFile?: string | undefined;
  /** Whether these authorities are trusted beside those that Node trusts, or alone. Default `append`; for an SVID `replace`. */
  readonly caMode?: 'append' | 'replace' | undefined;
  /** The name to ask for and to expect in the server's certificate (RFC 6066, section 3). Default: the endpoint's host. */
  readonly serverName?: string | undefined;
  /** The oldest version of TLS to speak. Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** SHA-256 digests of the public keys that the server may have, in base64, beside all other checks (RFC 7469, 2.4). */
  readonly serverKeyPins?: readonly string[] | undefined;
  /** The server's SPIFFE ID, or `spiffe://` and a trust domain: checked in place of its host name. */
  readonly serverSpiffeId?: string | undefined;
  /** Refuse a key file that others than its owner may read. Default false: then a `key-permissions` event tells of it. */
  readonly strictPermissions?: boolean | undefined;
  /** Milliseconds before its expiry from which on an `expiring` event is told. Default: a fifth of its life, at most 7 days. */
  readonly warnBefore?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** The options' names. */
export const OPTION_NAMES: Readonly<Record<keyof ClientCertificateOptions, true>> = {
  cert: true,
  key: true,
  certFile: true,
  keyFile: true,
  pkcs12: true,
  pkcs12File: true,
  svidDirectory: true,
  load: true,
  maxAge: true,
  loadTimeout: true,
  passphrase: true,
  ca: true,
  caFile: true,
  caMode: true,
  serverName: true,
  minVersion: true,
  serverKeyPins: true,
  serverSpiffeId: true,
  strictPermissions: true,
  warnBefore: true,
  clock: true,
};
