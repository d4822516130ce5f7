import { join } from 'node:path';
import { CredentialError } from '@crew/core';
import { type RegularFile, showName } from '@crew/llm-http/adapter';
import type { ClientCertificateOptions } from '../client-certificate-options.ts';
import type { Identity } from '../material/identity.ts';
import { materialError } from '../material/material-error.ts';
import { type IdentityRules, readIdentity } from '../material/read-identity.ts';

/** The files that an identity is in: certificate and key, or both in one PKCS#12 file. */
export interface IdentityPaths {
  readonly certificate: string;
  /** Undefined for PKCS#12. */
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/** What spiffe-helper writes into a directory. */
export function svidPaths(directory: string): IdentityPaths {
  const under = (name: string): string => join(directory, name);
  return { certificate: under('svid.pem'), key: under('svid_key.pem'), ca: under('svid_bundle.pem') };
}

const OTHERS = 0o077;

/** The content of each file that an identity is read from, by its path. */
export type FileContents = ReadonlyMap<string, RegularFile>;

/**
 * Makes an identity of the files' content, and checks it.
 *
 * @param readable Called with a key file that others may read, and its mode.
 * @throws {CredentialError}
 */
export function identityFromFiles(
  { certificate, key, ca }: IdentityPaths,
  contents: FileContents,
  options: Pick<ClientCertificateOptions, 'passphrase' | 'ca' | 'strictPermissions'>,
  rules: IdentityRules,
  now: number,
  readable: (path: string, mode: string) => void,
): Identity {
  const certificateFile = contentOf(contents, certificate);
  const keyPath = key ?? certificate;
  const keyFile = contentOf(contents, keyPath);
  // Windows has no such modes.
  if (process.platform !== 'win32' && (keyFile.mode & OTHERS) !== 0) {
    const mode = keyFile.mode.toString(8).padStart(4, '0');
    if (options.strictPermissions) {
      throw materialError(
        `Others may read the private key in ${showName(keyPath)} (mode ${mode}). Run \`chmod 600\` on it.`,
      );
    }
    readable(keyPath, mode);
  }
  const textOf = (path: string): string => contentOf(contents, path).bytes.toString('utf8');
  const rest = { passphrase: options.passphrase, ca: ca === undefined ? options.ca : textOf(ca) };
  const material =
    key === undefined
      ? { pkcs12: certificateFile.bytes, ...rest }
      : { cert: certificateFile.bytes.toString('utf8'), key: textOf(keyPath), ...rest };
  const names = { cert: showName(certificate), key: showName(keyPath), ca: ca === undefined ? 'ca' : showName(ca) };
  return readIdentity(material, names, rules, now);
}

function contentOf(contents: FileContents, path: string): RegularFile {
  const file = contents.get(path);
  if (file !== undefined) return file;
  throw new CredentialError(`The file ${showName(path)} cannot be read (ENOENT).`);
}
