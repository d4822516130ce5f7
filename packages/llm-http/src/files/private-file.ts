import { createHash, randomUUID } from 'node:crypto';
import { constants, readlinkSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CredentialError } from '@crew/core';
import { codeOf, fileError, kindOf, LARGEST_FILE, type ReadFileOptions, readRegularFile } from './regular-file.ts';

/** Options for a file that only its owner can access: the subject of error messages. */
export type PrivateFileOptions = Pick<ReadFileOptions, 'subject'>;

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, O_NOFOLLOW = 0, O_DIRECTORY = 0 } = constants;

/**
 * Reads a file that only its owner can access. Symbolic links, files that are not regular, files of another user, files that
 * are accessible to others and files larger than 1 MiB are rejected, because another user may have created them.
 *
 * @returns `undefined` if the file does not exist.
 * @throws {CredentialError} with the path and the reason, but not the content.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readPrivateFile, removePrivateFile, replacePrivateFile } from '@crew/llm-http/adapter';
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'crew-')), 'tokens.json');
 * await replacePrivateFile(path, JSON.stringify({ refreshToken: 'eyJhbGciOi' }), { subject: 'The token store' });
 * console.log(await readPrivateFile(path)); // {"refreshToken":"eyJhbGciOi"}
 * await removePrivateFile(path);
 * ```
 */
export async function readPrivateFile(path: string, options: PrivateFileOptions = {}): Promise<string | undefined> {
  const file = await readRegularFile(path, { ...options, followLinks: false });
  if (file === undefined) return undefined;
  checkOwner(path, file, options, '0600');
  return file.bytes.toString('utf8');
}

/**
 * Replaces a file that only its owner can access. The replacement is atomic: readers see the old content or the new, even
 * after a crash. The directory is created if it is missing (mode 0700). Temporary files of killed writers are removed.
 *
 * @throws {CredentialError} with the path and the reason, but not the content.
 */
export async function replacePrivateFile(path: string, text: string, options: PrivateFileOptions = {}): Promise<void> {
  if (Buffer.byteLength(text) > LARGEST_FILE) throw fileError(path, 'cannot hold more than 1 MiB', options);
  const folder = dirname(resolve(path));
  const temporary = join(folder, temporaryName(randomUUID()));
  try {
    await makeFolder(folder);
    await checkReplaceable(path, options);
    try {
      const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (thrown) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw thrown;
    }
    await syncFolder(folder);
  } catch (thrown) {
    throw CredentialError.isInstance(thrown)
      ? thrown
      : fileError(path, `cannot be written (${codeOf(thrown)})`, options);
  }
  await removeAbandonedFiles(folder);
}

/** Removes the file if it exists. */
export async function removePrivateFile(path: string, options: PrivateFileOptions = {}): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (thrown) {
    throw fileError(path, `cannot be removed (${codeOf(thrown)})`, options);
  }
}

/** Creates a directory that only its owner can access, if it is missing, and checks it as `hasPrivateFolder` does. */
export async function preparePrivateFolder(path: string, options: PrivateFileOptions = {}): Promise<void> {
  try {
    await makeFolder(resolve(path));
  } catch (thrown) {
    throw fileError(path, `cannot be created (${codeOf(thrown)})`, options);
  }
  await hasPrivateFolder(path, options);
}

/**
 * Returns true if the directory exists.
 *
 * @throws {CredentialError} if it is not a directory, belongs to another user, or is accessible to others.
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

/** Creates the directory and its parents. Node's own `recursive` option never returns for a path below `/proc`. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    const code = codeOf(thrown);
    const parent = dirname(path);
    // A read-only mount fails before it checks whether the directory exists.
    if (code === 'EEXIST' || (code !== 'ENOENT' && (await isFolder(path)))) return;
    if (code !== 'ENOENT' || parent === path || (await isFolder(parent))) throw thrown;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 }).catch((retried: unknown) => {
      if (codeOf(retried) !== 'EEXIST') throw retried;
    });
  }
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    stats => stats.isDirectory(),
    () => false,
  );
}

/** Throws if the existing file is not regular or belongs to another user: it may be a trap. */
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

/** Makes the rename durable, on systems that support it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, O_RDONLY | O_DIRECTORY).catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close().catch(() => undefined);
}

/** Age from which the writer of a temporary file counts as dead, in milliseconds. */
const MAX_AGE = 600_000;
const NAME = /^\.crew-([0-9a-f]{8})-([1-9][0-9]{0,9})-[0-9a-f-]{36}\.tmp$/;

let scopeId: string | undefined;

/** Returns the name of a temporary file. It identifies the writer, so that other processes know whether it is alive. */
function temporaryName(id: string): string {
  return `.crew-${pidScope()}-${process.pid}-${id}.tmp`;
}

/**
 * Removes the temporary files of dead writers from a directory: files whose process has ended, and, because that is unknown
 * for other machines and containers and process ids are reused, files that are ten minutes old or ten minutes in the future.
 * Never fails: the next writer tries again.
 */
async function removeAbandonedFiles(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const writer = NAME.exec(name);
      if (writer !== null) await removeIfDead(join(folder, name), writer[1], Number(writer[2]));
    }
  } catch {
    // The directory is not readable, or no longer exists.
  }
}

async function removeIfDead(path: string, writtenOn: string | undefined, process: number): Promise<void> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || !isOwn(stats.uid)) return;
    const isGone = writtenOn === pidScope() && !isAlive(process);
    if (isGone || Math.abs(Date.now() - stats.mtimeMs) > MAX_AGE) await rm(path, { force: true });
  } catch {
    // Another process has removed the file.
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

/** Returns an identifier of the scope of process ids: the machine, and on Linux the process id namespace. */
function pidScope(): string {
  if (scopeId !== undefined) return scopeId;
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has them.
  }
  scopeId = createHash('sha256').update(`${hostname()}\n${namespace}`).digest('hex').slice(0, 8);
  return scopeId;
}
