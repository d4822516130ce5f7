import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { abortReason, type Clock, CredentialError, TimeoutError } from '@crew/core';
import { showName } from '../errors/show-name.ts';

/** Content and version of one file, taken from one open descriptor, so that they belong together. */
export interface RegularFile {
  readonly bytes: Buffer;
  /** A text that changes whenever the file is written or replaced. */
  readonly version: string;
  /** Permission bits. Meaningless on Windows. */
  readonly mode: number;
  /** User id of the owner. Meaningless on Windows. */
  readonly uid: number;
}

/** Options for reading a file that should be an ordinary small one. */
export interface ReadFileOptions {
  /** Subject of error messages. Default: the file, with its path as `showName` gives it. */
  readonly subject?: string | undefined;
  /** Selects whether symbolic links are followed. Default true. */
  readonly followLinks?: boolean | undefined;
  /** Checked between two reads. A read under way in the system cannot be cancelled. */
  readonly signal?: AbortSignal | undefined;
}

/** Size limit of secrets, certificates, tokens and store files, in bytes: 1 MiB. */
export const LARGEST_FILE = 1_048_576;
const PIECE = 65_536;

// Windows lacks both flags. Without O_NONBLOCK, opening a FIFO waits for a writer and reading some files below /proc never ends.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/**
 * Reads a small ordinary file. A FIFO, device, socket or folder is never opened, a read never waits for data, and at most
 * 1 MiB and one byte are read, also from a file that claims to be empty and never ends.
 *
 * @returns `undefined` when there is no such file.
 * @throws {CredentialError} naming the path and the reason; never showing content.
 */
export async function readRegularFile(path: string, options: ReadFileOptions = {}): Promise<RegularFile | undefined> {
  try {
    checkRegular(await (options.followLinks === false ? lstat : stat)(path, { bigint: true }), path, options);
    const file = await open(path, openFlags(options));
    try {
      const stats = await file.stat({ bigint: true });
      checkRegular(stats, path, options);
      const pieces = new Pieces(path, options);
      for (;;) {
        options.signal?.throwIfAborted();
        const { bytesRead } = await file.read(pieces.space(), 0);
        if (bytesRead === 0) return toRegularFile(pieces.all, stats);
        pieces.add(bytesRead);
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
 * Does the same synchronously, for the check of options at construction. It cannot hang on local files; on a network file
 * system that does not answer it blocks as long as the system does.
 */
export function readRegularFileSync(path: string, options: ReadFileOptions = {}): RegularFile | undefined {
  try {
    checkRegular((options.followLinks === false ? lstatSync : statSync)(path, { bigint: true }), path, options);
    const file = openSync(path, openFlags(options));
    try {
      const stats = fstatSync(file, { bigint: true });
      checkRegular(stats, path, options);
      const pieces = new Pieces(path, options);
      for (;;) {
        const bytesRead = readSync(file, pieces.space());
        if (bytesRead === 0) return toRegularFile(pieces.all, stats);
        pieces.add(bytesRead);
      }
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw readFailure(thrown, path, options);
  }
}

/** Returns the `version` that `readRegularFile` would give now, without opening the file; `missing` when there is none. */
export async function fileVersion(path: string): Promise<string> {
  try {
    return versionOf(await stat(path, { bigint: true }));
  } catch {
    return MISSING;
  }
}

/** Does the same synchronously. */
export function fileVersionSync(path: string): string {
  try {
    return versionOf(statSync(path, { bigint: true }));
  } catch {
    return MISSING;
  }
}

const MISSING = 'missing';

/** Collects what was read of one file, within the limit. */
class Pieces {
  readonly #path: string;
  readonly #options: ReadFileOptions;
  readonly #pieces: Buffer[] = [];
  #space = Buffer.alloc(0);
  #length = 0;

  constructor(path: string, options: ReadFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Room for the next read: never for more than one byte above the limit. */
  space(): Buffer {
    if (this.#space.length === 0) this.#space = Buffer.alloc(Math.min(PIECE, LARGEST_FILE + 1 - this.#length));
    return this.#space;
  }

  add(count: number): void {
    this.#pieces.push(this.#space.subarray(0, count));
    // A file that gives one byte per read must not cost a buffer each.
    this.#space = this.#space.subarray(count);
    this.#length += count;
    if (this.#length > LARGEST_FILE) throw tooLarge(this.#path, this.#options);
  }

  get all(): Buffer {
    return Buffer.concat(this.#pieces, this.#length);
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

/** Names the kind of a file that is not an ordinary one. */
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
  // Only files that are streams in disguise, such as /proc/kmsg, ask their reader to wait.
  if (code === 'EAGAIN')
    return fileError(path, 'is not a regular file: it is a stream that has nothing to read', options);
  return fileError(path, `cannot be read (${code})`, options);
}

function isLink(path: string, options: ReadFileOptions): CredentialError {
  const why = options.followLinks === false ? 'a symbolic link, which is not followed' : 'a symbolic link to itself';
  return fileError(path, `is not a regular file: it is ${why}`, options);
}

function tooLarge(path: string, options: ReadFileOptions): CredentialError {
  return fileError(path, 'is larger than 1 MiB', options);
}

/** Makes the error of a file: `The file /run/token is larger than 1 MiB.` */
export function fileError(path: string, why: string, options: Pick<ReadFileOptions, 'subject'> = {}): CredentialError {
  return new CredentialError(`${options.subject ?? `The file ${showName(path)}`} ${why}.`);
}

/** Returns the system's code of what a file operation threw. */
export function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' ? code : 'unknown reason';
}

/** Time that reading a file may take, in milliseconds: that of obtaining a credential. */
const DEADLINE = 30_000;

/**
 * Waits for work on a file until the caller's signal aborts or 30 seconds are over. The work itself goes on: what a network
 * file system does not answer cannot be cancelled. So do not begin other work on the same file meanwhile.
 *
 * @throws {CredentialError} naming the path, when the time is over.
 * @throws {AbortError} when the signal aborts first.
 */
export async function withFileTimeout<T>(
  work: Promise<T>,
  limit: { readonly path: string; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const { path, clock, signal } = limit;
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
    clock.sleep(DEADLINE, timer.signal).then(
      () => {
        end();
        reject(lateError(path));
      },
      () => undefined,
    );
    work.then(
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

function lateError(path: string): CredentialError {
  return new CredentialError(
    `The file ${showName(path)} could not be read within ${DEADLINE} ms. Check the file system that it is on.`,
    { cause: new TimeoutError('Reading a file took too long.', { deadline: 'obtain', milliseconds: DEADLINE }) },
  );
}
