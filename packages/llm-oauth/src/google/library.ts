import { ConfigurationError } from '@crew/core';

/** What is used of google-auth-library. */
export type GoogleLibrary = typeof import('google-auth-library');

/**
 * Loads google-auth-library, which is installed by those who need it.
 *
 * @throws {ConfigurationError} that names the command, when it is not installed.
 */
export async function loadGoogleLibrary(
  load: () => Promise<GoogleLibrary> = () => import('google-auth-library'),
): Promise<GoogleLibrary> {
  try {
    return await load();
  } catch (thrown) {
    const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw thrown;
    throw new ConfigurationError('google() needs google-auth-library: npm install google-auth-library@11');
  }
}
