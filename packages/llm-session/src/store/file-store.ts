import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError, CredentialError } from '@crew/core';
import type { SessionStore } from './session-store.ts';

const LARGEST = 1_048_576;
/** Windows has neither modes nor this flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const HAS_MODES = process.platform !== 'win32';

/**
 * Keeps a session in a file that only its owner can read (mode 0600, in a directory that is made with 0700). It is
 * replaced as a whole, so a reader never sees half of it. One file holds one session: give each session its own.
 *
 * A symbolic link, a file of another user, and one that others can read or write are refused with a `CredentialError`:
 * someone else may have put them there.
 */
export function fileStore(path: string): SessionStore {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fileStore needs the path of a file.');
  return {
    load: () => load(path),
    save: text => save(path, text),
    remove: () => rm(path, { force: true }),
  };
}

async function load(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | NO_FOLLOW);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'ENOENT') return undefined;
    throw code === 'ELOOP' ? isLink(path) : unusable(path, `cannot be read (${code})`);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw unusable(path, 'is not a regular file');
    if (HAS_MODES && (stats.mode & 0o077) !== 0) throw unusable(path, 'can be read by others; its mode must be 0600');
    if (HAS_MODES && stats.uid !== process.getuid?.()) throw unusable(path, 'belongs to another user');
    if (stats.size > LARGEST) throw unusable(path, 'is larger than 1 MiB');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function save(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (await isSymbolicLink(path)) throw isLink(path);
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw CredentialError.isInstance(thrown) ? thrown : unusable(path, `cannot be written (${codeOf(thrown)})`);
  }
}

async function isSymbolicLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

function isLink(path: string): CredentialError {
  return unusable(path, 'is a symbolic link, which is not followed');
}

function unusable(path: string, why: string): CredentialError {
  return new CredentialError(`The session's file ${path} ${why}.`);
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason';
}
