import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { abortReason, type Clock, CredentialError, TimeoutError } from '@crew/core';
import { showName } from '../errors/show-name.ts';

/** Content and version of a file. Both come from one open descriptor, so they belong together. */
export interface RegularFile {
  readonly bytes: Buffer;
  /** A string that changes whenever the file is written or replaced. */
  readonly version: string;
  /** Permission bits. Meaningless on Windows. */
  readonly mode: number;
  /** User id of the owner. Meaningless on Windows. */
  readonly uid: number;
}

/** Options for reading a small regular file. */
export interface ReadFileOptions {
  /** Subject of error messages. Default: the file, with its path as `showName` gives it. */
  readonly subject?: string | undefined;
  /** Selects whether symbolic links are followed. Default true. */
  readonly followLinks?: boolean | undefined;
  /** Signal that is checked between two reads. A read that the system has started cannot be cancelled. */
  readonly signal?: AbortSignal | undefined;
}

/** Size limit of secrets, certificates, tokens and store files, in bytes: 1 MiB. */
export const LARGEST_FILE = 1_048_576;
const CHUNK = 65_536;

// Windows lacks both flags. Without O_NONBLOCK, opening a FIFO waits for a writer and reading some files below /proc never ends.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/**
 * Reads a small regular file. A FIFO, device, socket or directory is never opened, a read never waits for data, and at most
 * 1 MiB and one byte are read, even from a file that claims to be empty and never ends.
 *
 * @returns `undefined` if the file does not exist.
 * @throws {CredentialError} with the path and the reason, but not the content.
 *
 * @example
 * ```ts
 * import { readRegularFile } from '@crew/llm-http/adapter';
 *
 * const file = await readRegularFile('/etc/hosts', { subject: 'The hosts file' });
 * console.log(file?.bytes.toString('utf8'), file?.version);
 * ```
 */
export async function readRegularFile(path: string, options: ReadFileOptions = {}): Promise<RegularFile | undefined> {
  try {
    checkRegular(await (options.followLinks === false ? lstat : stat)(path, { bigint: true }), path, options);
    const file = await open(path, openFlags(options));
    try {
      const stats = await file.stat({ bigint: true });
      checkRegular(stats, path, options);
      const buffer = new FileBuffer(path, options);
      for (;;) {
        options.signal?.throwIfAborted();
        const { bytesRead } = await file.read(buffer.space(), 0);
        if (bytesRead === 0) return toRegularFile(buffer.all, stats);
        buffer.add(bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw options.signal?.aborted ? thrown : readFailure(thrown, path, options);
  }
}

/**
 * Reads a small regular file synchronously, as `readRegularFile` does, for checks at construction. It does not hang on local
 * files. On a network file system that does not respond it blocks as long as the system does.
 */
export function readRegularFileSync(path: string, options: ReadFileOptions = {}): RegularFile | undefined {
  try {
    checkRegular((options.followLinks === false ? lstatSync : statSync)(path, { bigint: true }), path, options);
    const file = openSync(path, openFlags(options));
    try {
      const stats = fstatSync(file, { bigint: true });
      checkRegular(stats, path, options);
      const buffer = new FileBuffer(path, options);
      for (;;) {
        const bytesRead = readSync(file, buffer.space());
        if (bytesRead === 0) return toRegularFile(buffer.all, stats);
        buffer.add(bytesRead);
      }
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw readFailure(thrown, path, options);
  }
}

/** Returns the current `version` of a file without opening it; `missing` if it does not exist. */
export async function fileVersion(path: string): Promise<string> {
  try {
    return versionOf(await stat(path, { bigint: true }));
  } catch {
    return MISSING;
  }
}

/** Returns the current `version` of a file synchronously, as `fileVersion` does. */
export function fileVersionSync(path: string): string {
  try {
    return versionOf(statSync(path, { bigint: true }));
  } catch {
    return MISSING;
  }
}

const MISSING = 'missing';

/** A buffer for the content of one file, up to the size limit. */
class FileBuffer {
  readonly #path: string;
  readonly #options: ReadFileOptions;
  readonly #buffer: Buffer[] = [];
  #space = Buffer.alloc(0);
  #length = 0;

  constructor(path: string, options: ReadFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Returns the space for the next read, at most one byte above the limit. */
  space(): Buffer {
    if (this.#space.length === 0) this.#space = Buffer.alloc(Math.min(CHUNK, LARGEST_FILE + 1 - this.#length));
    return this.#space;
  }

  add(count: number): void {
    this.#buffer.push(this.#space.subarray(0, count));
    // A file that returns one byte per read must not cost a buffer per byte.
    this.#space = this.#space.subarray(count);
    this.#length += count;
    if (this.#length > LARGEST_FILE) throw tooLarge(this.#path, this.#options);
  }

  get all(): Buffer {
    return Buffer.concat(this.#buffer, this.#length);
  }
}

function openFlags({ followLinks = true }: ReadFileOptions): number {
  return O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW);
}

function toRegularFile(bytes: Buffer, stats: BigIntStats): RegularFile {
  return { bytes, version: versionOf(stats), mode: Number(stats.mode) & 0o777, uid: Number(stats.uid) };
}

function versionOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

function checkRegular(stats: BigIntStats, path: string, options: ReadFileOptions): void {
  if (stats.isSymbolicLink()) throw isLink(path, options);
  if (!stats.isFile()) throw fileError(path, `is not a regular file: it is a ${kindOf(stats)}`, options);
  if (stats.size > BigInt(LARGEST_FILE)) throw tooLarge(path, options);
}

/** Returns the name of the type of a file that is not regular. */
export function kindOf(stats: Pick<BigIntStats, 'isFIFO' | 'isSocket' | 'isDirectory' | 'isSymbolicLink'>): string {
  if (stats.isFIFO()) return 'FIFO';
  if (stats.isSocket()) return 'socket';
  if (stats.isSymbolicLink()) return 'symbolic link';
  return stats.isDirectory() ? 'folder' : 'device';
}

function readFailure(thrown: unknown, path: string, options: ReadFileOptions): CredentialError {
  if (CredentialError.isInstance(thrown)) return thrown;
  const code = codeOf(thrown);
  if (code === 'ELOOP') return isLink(path, options);
  // Returned only by streams that look like regular files, such as /proc/kmsg.
  if (code === 'EAGAIN') return fileError(path, 'is not a regular file: it is a stream without data', options);
  return fileError(path, `cannot be read (${code})`, options);
}

function isLink(path: string, options: ReadFileOptions): CredentialError {
  const why = options.followLinks === false ? 'a symbolic link, which is not followed' : 'a symbolic link to itself';
  return fileError(path, `is not a regular file: it is ${why}`, options);
}

function tooLarge(path: string, options: ReadFileOptions): CredentialError {
  return fileError(path, 'is larger than 1 MiB', options);
}

/** Returns the error of a file: `The file /run/token is larger than 1 MiB.` */
export function fileError(path: string, why: string, options: Pick<ReadFileOptions, 'subject'> = {}): CredentialError {
  return new CredentialError(`${options.subject ?? `The file ${showName(path)}`} ${why}.`);
}

/** Returns the system's error code of a failed file operation. */
export function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' ? code : 'unknown reason';
}

/** Time limit for reading a file, in milliseconds. */
const TIMEOUT = 30_000;

/**
 * Waits for a file operation, at most 30 seconds. The operation itself continues after that, because a request to a network
 * file system cannot be cancelled. Do not start another operation on the same file in the meantime.
 *
 * @throws {CredentialError} with the path, if the time limit is exceeded.
 * @throws {AbortError} if the signal aborts first.
 */
export async function withFileTimeout<T>(
  operation: Promise<T>,
  options: { readonly path: string; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const { path, clock, signal } = options;
  if (signal?.aborted) throw abortReason(signal, `Reading the file ${showName(path)}`);
  const timer = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      timer.abort();
      if (signal !== undefined) reject(abortReason(signal, `Reading the file ${showName(path)}`));
    };
    const end = (): void => {
      timer.abort();
      signal?.removeEventListener('abort', leave);
    };
    signal?.addEventListener('abort', leave, { once: true });
    clock.sleep(TIMEOUT, timer.signal).then(
      () => {
        end();
        reject(timeoutError(path));
      },
      () => undefined,
    );
    operation.then(
      value => {
        end();
        resolve(value);
      },
      (thrown: unknown) => {
        end();
        reject(thrown);
      },
    );
  });
}

function timeoutError(path: string): CredentialError {
  return new CredentialError(
    `The file ${showName(path)} could not be read within ${TIMEOUT} ms. Check its file system.`,
    { cause: new TimeoutError('Reading a file took too long.', { deadline: 'obtain', milliseconds: TIMEOUT }) },
  );
}
