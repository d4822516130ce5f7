import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Clock, ConfigurationError, CredentialError, systemClock } from '@crew/core';
import { checkClock } from '@crew/llm-http';
import { checkObject } from '../option-checks.ts';
import { lockFile } from './lock-file.ts';
import type { TokenStore } from './token-store.ts';

/** What `fileTokenStore` may be given. */
export interface FileTokenStoreOptions {
  /** Paces the waiting for another process's turn. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const LARGEST = 1_048_576;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Keeps tokens in a directory, one file for each, for all processes of one user on one machine. The directory is made
 * with mode 0700, files with 0600 and replaced atomically; a refresh is one transaction across processes. A directory or
 * file that is a symbolic link, belongs to another user, or can be read by others is refused. The tokens are not
 * encrypted.
 *
 * @throws {ConfigurationError} without a path. The store's methods throw a `CredentialError`.
 */
export function fileTokenStore(path: string, options: FileTokenStoreOptions = {}): TokenStore {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fileTokenStore needs a directory.');
  checkObject(options, 'fileTokenStore');
  const { clock = systemClock } = options;
  checkClock(clock);
  const directory = resolve(path);
  const fileOf = (key: string): string => {
    if (/^[\w-]{1,200}$/.test(key)) return join(directory, key);
    throw new ConfigurationError('The key of a token must consist of letters, digits, - and _.');
  };
  return {
    async get(key) {
      const file = fileOf(key);
      return (await isThere(directory)) ? readSafely(file) : undefined;
    },
    async set(key, value) {
      const file = fileOf(key);
      await prepare(directory);
      await replace(directory, file, value);
    },
    async delete(key) {
      const file = fileOf(key);
      if (await isThere(directory)) await attempt(file, () => rm(file, { force: true }));
    },
    async exclusively(key, signal, work) {
      const file = fileOf(key);
      await prepare(directory);
      const release = await lockFile(file, signal, clock);
      try {
        return await work();
      } finally {
        await release();
      }
    },
  };
}

async function prepare(directory: string): Promise<void> {
  await attempt(directory, () => mkdir(directory, { recursive: true, mode: 0o700 }));
  await isThere(directory);
}

/** Whether the directory exists. It is refused unless it is this user's alone. */
async function isThere(directory: string): Promise<boolean> {
  const stats = await attempt(directory, () => lstat(directory), 'ENOENT');
  if (stats === undefined) return false;
  if (!stats.isDirectory()) throw refusal(directory, 'it is not a directory (symbolic links are not followed)');
  checkOwner(directory, stats);
  return true;
}

async function readSafely(file: string): Promise<string | undefined> {
  const handle = await attempt(file, () => open(file, O_RDONLY | O_NOFOLLOW), 'ENOENT');
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refusal(file, 'it is not a regular file');
    checkOwner(file, stats);
    if (stats.size > LARGEST) throw refusal(file, 'it is larger than 1 MiB');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** A new file takes the old one's place only when it is whole and on the disk. */
async function replace(directory: string, file: string, value: string): Promise<void> {
  // What stands there may be a trap, or somebody else's.
  await readSafely(file);
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    await attempt(file, async () => {
      const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      await writeThrough(handle, value);
      await rename(temporary, file);
      await syncDirectory(directory);
    });
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw thrown;
  }
}

async function writeThrough(handle: FileHandle, value: string): Promise<void> {
  try {
    await handle.writeFile(value);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the rename durable. Not every system can. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function checkOwner(path: string, stats: { readonly uid: number; readonly mode: number }): void {
  // Windows has neither owner nor mode in this form.
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stats.uid !== user) throw refusal(path, 'it belongs to another user');
  if ((stats.mode & 0o077) !== 0) {
    throw refusal(
      path,
      `other users have access to it (mode ${(stats.mode & 0o777).toString(8)}); use chmod go= on it`,
    );
  }
}

/** Runs a file operation. Its errors name the path and the code, nothing else; one code may be expected. */
async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T>;
async function attempt<T>(path: string, operation: () => Promise<T>, expected: string): Promise<T | undefined>;
async function attempt<T>(path: string, operation: () => Promise<T>, expected?: string): Promise<T | undefined> {
  try {
    return await operation();
  } catch (thrown) {
    const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
    if (expected !== undefined && code === expected) return undefined;
    if (code === 'ELOOP') throw refusal(path, 'it is a symbolic link');
    throw refusal(path, typeof code === 'string' ? `the system says ${code}` : 'it cannot be used');
  }
}

function refusal(path: string, why: string): CredentialError {
  return new CredentialError(`The token store ${path} is refused: ${why}.`);
}
