import { CredentialError, CrewError } from '@crew/core';
import { materialError } from './material-error.ts';

/**
 * The passphrase of an encrypted key or a PKCS#12 file, or a function that gives it at once: `fromEnv`, `fromFile`. It
 * is asked for each time that material is read, and not kept.
 */
export type Passphrase = string | (() => string);

/** @throws {CredentialError} when the function fails, or gives something else than a string. Never shows the value. */
export function readPassphrase(passphrase: Passphrase | undefined): string | undefined {
  const value: unknown = typeof passphrase === 'function' ? asked(passphrase) : passphrase;
  if (value === undefined || typeof value === 'string') return value;
  throw materialError(
    'The passphrase must be a string, or a function that gives one at once (fromEnv, fromFile). One that has to be ' +
      'fetched belongs into `load`.',
  );
}

function asked(read: () => unknown): unknown {
  try {
    return read();
  } catch (thrown) {
    if (CrewError.isInstance(thrown)) throw new CredentialError(`The passphrase cannot be read: ${thrown.message}`);
    throw new CredentialError('The function that gives the passphrase failed.');
  }
}
