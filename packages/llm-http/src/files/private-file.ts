import { createHash, randomUUID } from 'node:crypto';
import { constants, readlinkSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CredentialError } from '@crew/core';
import { codeOf, fileError, kindOf, LARGEST_FILE, type ReadFileOptions, readRegularFile } from './regular-file.ts';

/** Options for a file that only its owner can use: the subject of its error messages. */
export type PrivateFileOptions = Pick<ReadFileOptions, 'subject'>;

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, O_NOFOLLOW = 0, O_DIRECTORY = 0 } = constants;

/**
 * Reads a file that only its owner can use. One that is a symbolic link, is not an ordinary file, belongs to another user,
 * is accessible to others or is larger than 1 MiB is refused: somebody else may have put it there.
 *
 * @returns `undefined` when there is no such file.
 * @throws {CredentialError} naming the path and the reason; never showing content.
 */
export async function readPrivateFile(path: string, options: PrivateFileOptions = {}): Promise<string | undefined> {
  const file = await readRegularFile(path, { ...options, followLinks: false });
  if (file === undefined) return undefined;
  checkOwner(path, file, options, '0600');
  return file.bytes.toString('utf8');
}

/**
 * Replaces a file that only its owner can use, as a whole: readers see the old content or the new, also after a crash. The
 * folder is made where it is missing (mode 0700). Unfinished files of writers that were killed are removed.
 *
 * @throws {CredentialError} naming the path and the reason; never showing content.
 */
export async function replacePrivateFile(path: string, text: string, options: PrivateFileOptions = {}): Promise<void> {
  if (Buffer.byteLength(text) > LARGEST_FILE) throw fileError(path, 'cannot take more than 1 MiB', options);
  const folder = dirname(resolve(path));
  const unfinished = join(folder, unfinishedName(randomUUID()));
  try {
    await makeFolder(folder);
    await checkReplaceable(path, options);
    try {
      const file = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
    } catch (thrown) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw thrown;
    }
    await syncFolder(folder);
  } catch (thrown) {
    throw CredentialError.isInstance(thrown)
      ? thrown
      : fileError(path, `cannot be written (${codeOf(thrown)})`, options);
  }
  await removeUnfinishedFiles(folder);
}

/** Removes the file, if there is one. */
export async function removePrivateFile(path: string, options: PrivateFileOptions = {}): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (thrown) {
    throw fileError(path, `cannot be removed (${codeOf(thrown)})`, options);
  }
}

/** Makes a folder that only its owner can use, where it is missing, and checks it like `hasPrivateFolder`. */
export async function preparePrivateFolder(path: string, options: PrivateFileOptions = {}): Promise<void> {
  try {
    await makeFolder(resolve(path));
  } catch (thrown) {
    throw fileError(path, `cannot be made (${codeOf(thrown)})`, options);
  }
  await hasPrivateFolder(path, options);
}

/**
 * Returns whether the folder exists.
 *
 * @throws {CredentialError} when it is not a folder, belongs to another user, or is accessible to others.
 */
export async function hasPrivateFolder(path: string, options: PrivateFileOptions = {}): Promise<boolean> {
  try {
    const stats = await lstat(path);
    if (!stats.isDirectory()) {
      const kind = stats.isFile() ? 'file' : kindOf(stats);
      throw fileError(path, `is not a directory: it is a ${kind}. Symbolic links are not followed`, options);
    }
    checkOwner(path, stats, options, '0700');
    return true;
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw thrown;
    if (codeOf(thrown) === 'ENOENT') return false;
    throw fileError(path, `cannot be used (${codeOf(thrown)})`, options);
  }
}

/** Makes the folder and those above it. Node's own `recursive` never comes back from below `/proc`. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    const code = codeOf(thrown);
    const parent = dirname(path);
    // A mount that is read-only refuses before it looks at what is there.
    if (code === 'EEXIST' || (code !== 'ENOENT' && (await isFolder(path)))) return;
    if (code !== 'ENOENT' || parent === path || (await isFolder(parent))) throw thrown;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 }).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again;
    });
  }
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    stats => stats.isDirectory(),
    () => false,
  );
}

/** The file in the place may be a trap, or another user's. */
async function checkReplaceable(path: string, options: PrivateFileOptions): Promise<void> {
  const stats = await lstat(path).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (stats === undefined) return;
  if (!stats.isFile()) throw fileError(path, `is not a regular file: it is a ${kindOf(stats)}`, options);
  checkOwner(path, stats, options, '0600');
}

function checkOwner(
  path: string,
  stats: { readonly uid: number; readonly mode: number },
  options: PrivateFileOptions,
  mode: string,
): void {
  // Windows has neither owner nor mode in this form.
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stats.uid !== user) throw fileError(path, 'belongs to another user', options);
  if ((stats.mode & 0o077) !== 0) {
    const found = (stats.mode & 0o777).toString(8);
    throw fileError(path, `is accessible to other users (mode ${found}). Set its mode to ${mode}`, options);
  }
}

/** Makes the rename durable. Not every system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, O_RDONLY | O_DIRECTORY).catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close().catch(() => undefined);
}

/** No living writer takes as long, in milliseconds. */
const LONGEST_WRITE = 600_000;
const NAME = /^\.crew-([0-9a-f]{8})-([1-9][0-9]{0,9})-[0-9a-f-]{36}\.tmp$/;

let machine: string | undefined;

/** The name of a file that this process has not finished yet: it says who writes it, so that others know whether it lives. */
export function unfinishedName(id: string): string {
  return `.crew-${thisMachine()}-${process.pid}-${id}.tmp`;
}

/**
 * Removes the unfinished files in a folder whose writers are dead: the process that the name says is gone, or, where that
 * cannot be known (another machine or container, a process id used again), the file is ten minutes old. It is also removed
 * when it claims to be ten minutes from the future. It never fails: the next writer tries again.
 */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const writer = NAME.exec(name);
      if (writer !== null) await removeIfDead(join(folder, name), writer[1], Number(writer[2]));
    }
  } catch {
    // It may not be listed, or is gone.
  }
}

async function removeIfDead(path: string, writtenOn: string | undefined, process: number): Promise<void> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || !isOwn(stats.uid)) return;
    const isGone = writtenOn === thisMachine() && !isAlive(process);
    if (isGone || Math.abs(Date.now() - stats.mtimeMs) > LONGEST_WRITE) await rm(path, { force: true });
  } catch {
    // Another writer was faster.
  }
}

function isOwn(uid: number): boolean {
  const user = process.getuid?.();
  return user === undefined || uid === user;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (thrown) {
    return !(thrown instanceof Error && Reflect.get(thrown, 'code') === 'ESRCH');
  }
}

/** Process ids mean something within one machine, and on Linux within one namespace of them. */
function thisMachine(): string {
  if (machine !== undefined) return machine;
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has them.
  }
  machine = createHash('sha256').update(`${hostname()}\n${namespace}`).digest('hex').slice(0, 8);
  return machine;
}
