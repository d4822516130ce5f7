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
  /** Paces the polling of a lock that another process holds. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Keeps tokens in a directory, one file for each, for all processes of one user on one machine. The directory is made
 * with mode 0700, files with 0600 and replaced atomically; a refresh is one transaction across processes. A directory or
 * file that is a symbolic link, is not an ordinary one, belongs to another user, or is accessible to others is refused, and
 * so is a file over 1 MiB. Files that a killed process left unfinished are removed by the next write. The tokens are not
 * encrypted.
 *
 * @throws {ConfigurationError} without a path. The store's methods throw a `CredentialError`.
 */
export function fileTokenStore(path: string, options: FileTokenStoreOptions = {}): TokenStore {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fileTokenStore needs a directory.');
  const { clock = systemClock } = checkObject(options, 'fileTokenStore');
  checkClock(clock);
  const directory = resolve(path);
  const folder = { subject: `The token store ${showName(directory)}` };
  const fileOf = (key: string) => {
    // The key is a hash and no secret: it may be shown.
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
