import { join } from 'node:path';
import { CredentialError } from '@crew/core';
import { type RegularFile, showName } from '@crew/llm-http/adapter';
import { type Identity, type IdentityRules, readIdentity } from '../material/identity.ts';
import { type CertificateMaterial, materialError, type Passphrase } from '../material/material.ts';

/** Paths of the files of an identity: certificate and key, or both in one PKCS#12 file. */
export interface IdentityPaths {
  readonly certificate: string;
  /** Undefined for PKCS#12. */
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/** Returns the paths of the files that spiffe-helper writes into a directory. */
export function svidPaths(directory: string): IdentityPaths {
  const under = (name: string): string => join(directory, name);
  return { certificate: under('svid.pem'), key: under('svid_key.pem'), ca: under('svid_bundle.pem') };
}

/** Permission bits of the group and of other users. */
const OTHER_USERS = 0o077;

/** Content of the files of an identity, by path. */
export type FileContents = ReadonlyMap<string, RegularFile>;

/** Options that apply to the files of an identity. */
export interface IdentityFileOptions {
  readonly passphrase?: Passphrase | undefined;
  readonly ca?: CertificateMaterial['ca'];
  readonly strictPermissions?: boolean | undefined;
}

/**
 * Creates an identity from the content of its files and validates it.
 *
 * @param onReadableKey Called with the path and mode of a key file that other users can read.
 * @throws {CredentialError} naming the invalid file and the problem with it.
 */
export function identityFromFiles(
  { certificate, key, ca }: IdentityPaths,
  contents: FileContents,
  options: IdentityFileOptions,
  rules: IdentityRules,
  now: number,
  onReadableKey: (path: string, mode: string) => void,
): Identity {
  const certificateFile = contentOf(contents, certificate);
  const keyPath = key ?? certificate;
  const keyFile = contentOf(contents, keyPath);
  // Windows has no such modes.
  if (process.platform !== 'win32' && (keyFile.mode & OTHER_USERS) !== 0) {
    const mode = keyFile.mode.toString(8).padStart(4, '0');
    if (options.strictPermissions) {
      throw materialError(
        `Other users can read the private key in ${showName(keyPath)} (mode ${mode}). Run \`chmod 600\` on the file.`,
      );
    }
    onReadableKey(keyPath, mode);
  }
  const textOf = (path: string): string => contentOf(contents, path).bytes.toString('utf8');
  const shared = { passphrase: options.passphrase, ca: ca === undefined ? options.ca : textOf(ca) };
  const material =
    key === undefined
      ? { pkcs12: certificateFile.bytes, ...shared }
      : { cert: certificateFile.bytes.toString('utf8'), key: textOf(keyPath), ...shared };
  const labels = { cert: showName(certificate), key: showName(keyPath), ca: ca === undefined ? 'ca' : showName(ca) };
  return readIdentity(material, labels, rules, now);
}

function contentOf(contents: FileContents, path: string): RegularFile {
  const file = contents.get(path);
  if (file !== undefined) return file;
  throw new CredentialError(`The file ${showName(path)} cannot be read (ENOENT).`);
}
