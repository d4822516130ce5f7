import { showName } from '@crew/llm-http';
import type { ClientCertificateOptions } from '../client-certificate-options.ts';
import type { Identity } from '../material/identity.ts';
import { materialError } from '../material/material-error.ts';
import { type IdentityRules, readIdentity } from '../material/read-identity.ts';
import { readFile } from './read-files.ts';

/** The files that an identity is in: certificate and key, or both in one PKCS#12 file. */
export interface IdentityPaths {
  readonly certificate: string;
  /** Undefined for PKCS#12. */
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/** What spiffe-helper writes into a directory. */
export function svidPaths(directory: string): IdentityPaths {
  const under = (name: string): string => `${directory.replace(/\/+$/u, '')}/${name}`;
  return { certificate: under('svid.pem'), key: under('svid_key.pem'), ca: under('svid_bundle.pem') };
}

/**
 * Reads the files and checks what they hold.
 *
 * @param readable is told of a key file that others may read, and its mode.
 * @throws {CredentialError}
 */
export function readIdentityFiles(
  { certificate, key, ca }: IdentityPaths,
  options: Pick<ClientCertificateOptions, 'passphrase' | 'ca' | 'strictPermissions'>,
  rules: IdentityRules,
  now: number,
  readable: (path: string, mode: string) => void,
): Identity {
  const certificateFile = readFile(certificate);
  const keyPath = key ?? certificate;
  const keyFile = keyPath === certificate ? certificateFile : readFile(keyPath);
  if (keyFile.isOpenToOthers) {
    if (options.strictPermissions) {
      throw materialError(
        `Others may read the private key in ${showName(keyPath)} (mode ${keyFile.mode}). Do \`chmod 600\` on it.`,
      );
    }
    readable(keyPath, keyFile.mode);
  }
  const rest = {
    passphrase: options.passphrase,
    ca: ca === undefined ? options.ca : readFile(ca).bytes.toString('utf8'),
  };
  const material =
    key === undefined
      ? { pkcs12: certificateFile.bytes, ...rest }
      : { cert: certificateFile.bytes.toString('utf8'), key: keyFile.bytes.toString('utf8'), ...rest };
  return readIdentity(
    material,
    { cert: showName(certificate), key: showName(keyPath), ca: ca === undefined ? 'ca' : showName(ca) },
    rules,
    now,
  );
}
