import { ConfigurationError, CredentialError, CrewError } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { quoteError } from '@crew/llm-http/adapter';

/**
 * A function that reads a secret which is sent in a body: unlike a header's it may hold any character.
 *
 * @throws {ConfigurationError} naming `what`, at once or from the returned function, for what is no secret.
 */
export function passwordReader(secret: unknown, what: string): (signal: AbortSignal) => Promise<string> {
  if (typeof secret !== 'string' && typeof secret !== 'function') {
    throw new ConfigurationError(`${what} must be a string or a function that gives one (fromEnv, fromFile, ...).`);
  }
  if (secret === '') throw new ConfigurationError(`${what} is empty.`);
  const source = secret as Secret;
  return async signal => {
    const value: unknown = typeof source === 'string' ? source : await call(source, what, signal);
    if (typeof value !== 'string' || value === '') throw new ConfigurationError(`${what} is empty, or not a string.`);
    return value;
  };
}

async function call(source: Exclude<Secret, string>, what: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await source({ signal });
  } catch (thrown) {
    if (CrewError.isInstance(thrown)) throw thrown;
    // Without a cause: foreign errors hold whole requests and command lines.
    const said = quoteError(thrown);
    throw new CredentialError(`${what}: the function that gives it failed: ${said}`);
  }
}
