import { ConfigurationError, CredentialError } from '@crew/core';

/** A fault of certificate, key or authorities. Trying again with the same ones cannot help. */
export function materialError(message: string): CredentialError {
  return new CredentialError(message, { terminal: true });
}

/** Runs what reads or checks material that options gave: there a fault is one of the options. */
export function atConstruction<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!CredentialError.isInstance(thrown)) throw thrown;
    throw new ConfigurationError(thrown.message, { cause: thrown });
  }
}
