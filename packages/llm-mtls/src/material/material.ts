import { CredentialError, CrewError } from '@crew/core';

/** A client certificate in PEM (RFC 7468). */
export interface PemMaterial {
  /** The certificate and its intermediates. A root among them is not sent. */
  readonly cert: string;
  /** The private key in PKCS#8 or one of OpenSSL's older forms, optionally encrypted with `passphrase`. */
  readonly key: string;
  readonly passphrase?: Passphrase | undefined;
  /** PEM certificates of private authorities (CAs) that are trusted for the server. */
  readonly ca?: string | readonly string[] | undefined;
}

/** A client certificate with key and chain in a PKCS#12 file (RFC 7292), also called PFX. */
export interface Pkcs12Material {
  /** Content of the file. */
  readonly pkcs12: Uint8Array;
  readonly passphrase?: Passphrase | undefined;
  /** PEM certificates of private authorities (CAs) that are trusted for the server. Those in the file are not trusted. */
  readonly ca?: string | readonly string[] | undefined;
}

/** A client certificate with its key. */
export type CertificateMaterial = PemMaterial | Pkcs12Material;

/**
 * A function that returns a certificate with its key, for example from a vault. `signal` is aborted when no caller waits for
 * the result any more.
 */
export type LoadCertificate = (context: {
  readonly signal: AbortSignal;
}) => CertificateMaterial | Promise<CertificateMaterial>;

/**
 * The passphrase of an encrypted key or a PKCS#12 file, or a synchronous function that returns it, such as `fromEnv` or
 * `fromFile`. The function is called each time the material is read, and its result is not stored.
 */
export type Passphrase = string | (() => string);

/**
 * Returns the value of a passphrase.
 *
 * @throws {CredentialError} if the function fails or does not return a string. The error never shows the value.
 */
export function readPassphrase(passphrase: Passphrase | undefined): string | undefined {
  const value: unknown = typeof passphrase === 'function' ? callForPassphrase(passphrase) : passphrase;
  if (value === undefined || typeof value === 'string') return value;
  throw materialError(
    'The passphrase must be a string or a synchronous function that returns one (fromEnv, fromFile). Use `load` for a ' +
      'passphrase that has to be fetched.',
  );
}

function callForPassphrase(passphrase: () => unknown): unknown {
  try {
    return passphrase();
  } catch (thrown) {
    if (CrewError.isInstance(thrown)) throw new CredentialError(`The passphrase cannot be read: ${thrown.message}`);
    throw new CredentialError('The function that returns the passphrase failed.');
  }
}

/** Creates the error for an invalid certificate, key or authority. A retry with the same material cannot succeed. */
export function materialError(message: string): CredentialError {
  return new CredentialError(message, { terminal: true });
}
