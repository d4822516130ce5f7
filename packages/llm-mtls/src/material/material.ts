import type { Passphrase } from './passphrase.ts';

/** A client certificate in PEM (RFC 7468). */
export interface PemMaterial {
  /** The certificate and its intermediates. A root among them is not sent. */
  readonly cert: string;
  /** Its private key: PKCS#8, or OpenSSL's older forms; encrypted with `passphrase`. */
  readonly key: string;
  readonly passphrase?: Passphrase | undefined;
  /** PEM certificates of private authorities to trust for the server. */
  readonly ca?: string | readonly string[] | undefined;
}

/** A client certificate with key and chain in a PKCS#12 file (RFC 7292), also called PFX. */
export interface Pkcs12Material {
  /** The file's bytes. */
  readonly pkcs12: Uint8Array;
  readonly passphrase?: Passphrase | undefined;
  /** PEM certificates of private authorities to trust for the server. Those in the file are not trusted for it. */
  readonly ca?: string | readonly string[] | undefined;
}

/** A client certificate with its key. */
export type CertificateMaterial = PemMaterial | Pkcs12Material;
