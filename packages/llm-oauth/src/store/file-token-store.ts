import { join, resolve } from 'node:path';
import { type Clock, ConfigurationError, systemClock } from '@crew/core';
import {
  checkClock,
  hasPrivateFolder,
  preparePrivateFolder,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
  showName,
} from '@crew/llm-http/adapter';
import { checkObject } from '../option-checks.ts';
import { lockFile } from './lock-file.ts';
import type { TokenStore } from './token-store.ts';

/** Options of `fileTokenStore`. */
export interface FileTokenStoreOptions {
  /** Clock for polling a lock that another process holds. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Creates a token store in a directory, with one file per token, for all processes of one user on one machine. The
 * directory has mode 0700; files have mode 0600 and are replaced atomically. A refresh is one transaction across processes.
 * The store refuses symbolic links, special files, files over 1 MiB, and files and directories that belong to another user
 * or are accessible to others. The next write removes files that a killed process left unfinished. The tokens are not
 * encrypted.
 *
 * @example
 * ```ts no-run
 * import { fileTokenStore, fromEnv, OAuthLLM, refreshToken } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 *   store: fileTokenStore('/var/lib/crew/tokens'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if the path is missing. The methods of the store throw a `CredentialError`.
 */
export function fileTokenStore(path: string, options: FileTokenStoreOptions = {}): TokenStore {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fileTokenStore needs a directory.');
  const { clock = systemClock } = checkObject(options, 'fileTokenStore');
  checkClock(clock);
  const directory = resolve(path);
  const folder = { subject: `The token store ${showName(directory)}` };
  const fileOf = (key: string) => {
    // The key is a hash, not a secret, so errors may show it.
    if (/^[\w-]{1,200}$/.test(key))
      return { file: join(directory, key), named: { subject: `${folder.subject}/${key}` } };
    throw new ConfigurationError('The key of a token must consist of letters, digits, - and _.');
  };
  return {
    async get(key) {
      const { file, named } = fileOf(key);
      return (await hasPrivateFolder(directory, folder)) ? readPrivateFile(file, named) : undefined;
    },
    async set(key, value) {
      const { file, named } = fileOf(key);
      await preparePrivateFolder(directory, folder);
      await replacePrivateFile(file, value, named);
    },
    async delete(key) {
      const { file, named } = fileOf(key);
      if (await hasPrivateFolder(directory, folder)) await removePrivateFile(file, named);
    },
    async exclusively(key, signal, work) {
      const { file, named } = fileOf(key);
      await preparePrivateFolder(directory, folder);
      const release = await lockFile(file, { signal, clock, subject: `${named.subject}.lock` });
      try {
        return await work();
      } finally {
        await release();
      }
    },
  };
}
