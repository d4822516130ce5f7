import { type Clock, ConfigurationError, systemClock, TimeoutError } from '@crew/core';
import {
  fileError,
  fileVersion,
  fileVersionSync,
  type RegularFile,
  readRegularFile,
  readRegularFileSync,
  withFileTimeout,
} from '../files/regular-file.ts';
import { markSynchronous, type SecretContext, withoutLineBreak } from './secret.ts';

/** Polling interval of the file, in milliseconds. */
const LOOK_EVERY = 1_000;

/** Options of `fromFile`. */
export interface FromFileOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** A secret in a file: read at once when it is called without a context, otherwise without blocking the process. */
export interface FileSecret {
  (): string;
  (context: SecretContext): string | Promise<string>;
}

/**
 * A secret in a file, such as a mounted one that is rotated. The file is checked at most once per second, on use, and read
 * again when its inode, size or modification time changed. One trailing line break is dropped. While it is missing, empty
 * or unreadable (a rotation under way) the last value is used.
 *
 * The file must be an ordinary one of at most 1 MiB. A FIFO, device, socket or folder is refused without being opened, and
 * a file that claims to be empty and never ends is read no further than that.
 *
 * Adapters call the function without a context at construction, where it reads synchronously, and with one for each attempt.
 * Then it gives the value at once while that is less than a second old, and otherwise a promise, for at most 30 seconds or
 * until the context's signal aborts.
 *
 * @throws {CredentialError} from the returned function, when the file could never be read.
 */
export function fromFile(path: string, options: FromFileOptions = {}): FileSecret {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fromFile needs the path of a file.');
  const { clock = systemClock } = options;
  const secret = new SecretInFile(path, clock);
  function read(): string;
  function read(context: SecretContext): string | Promise<string>;
  // A rest parameter: the function's length says that what it gives does not depend on the context.
  function read(...[context]: [SecretContext?]): string | Promise<string> {
    return context === undefined ? secret.now() : secret.value(context.signal);
  }
  return markSynchronous(read);
}

interface Held {
  readonly text: string;
  readonly version: string;
}

class SecretInFile {
  readonly #path: string;
  readonly #clock: Clock;
  #held: Held | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The look under way. There is one at a time: a file system that does not answer may take one thread, not all. */
  #look: Promise<string> | undefined;
  /** Why nobody waits for that look any more: it took too long. */
  #late: unknown;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  now(): string {
    const recent = this.#recent;
    if (recent !== undefined) return recent;
    this.#lookedAt = this.#clock.monotonic();
    try {
      if (this.#held === undefined || fileVersionSync(this.#path) !== this.#held.version) {
        this.#held = this.#holdable(readRegularFileSync(this.#path));
      }
    } catch (thrown) {
      if (this.#held === undefined) throw thrown;
    }
    return this.#held.text;
  }

  value(signal: AbortSignal): string | Promise<string> {
    return this.#recent ?? this.#waited(signal);
  }

  async #waited(signal: AbortSignal): Promise<string> {
    this.#look ??= this.#begin();
    try {
      if (this.#late !== undefined) throw this.#late;
      return await withFileTimeout(this.#look, { path: this.#path, clock: this.#clock, signal });
    } catch (thrown) {
      if (isLate(thrown) && this.#look !== undefined) this.#late = thrown;
      if (this.#held === undefined || signal.aborted) throw thrown;
      return this.#held.text;
    }
  }

  get #recent(): string | undefined {
    return this.#clock.monotonic() - this.#lookedAt < LOOK_EVERY ? this.#held?.text : undefined;
  }

  #begin(): Promise<string> {
    this.#lookedAt = this.#clock.monotonic();
    const look = this.#read();
    const end = (): void => {
      this.#look = undefined;
      this.#late = undefined;
    };
    look.then(end, end);
    return look;
  }

  async #read(): Promise<string> {
    const before = this.#held;
    const isUnchanged = before !== undefined && (await fileVersion(this.#path)) === before.version;
    const held = isUnchanged ? before : this.#holdable(await readRegularFile(this.#path));
    this.#held = held;
    return held.text;
  }

  #holdable(file: RegularFile | undefined): Held {
    if (file === undefined) throw fileError(this.#path, 'cannot be read (ENOENT)');
    const text = withoutLineBreak(file.bytes.toString('utf8'));
    if (text === '') throw fileError(this.#path, 'is empty');
    return { text, version: file.version };
  }
}

function isLate(thrown: unknown): boolean {
  return thrown instanceof Error && TimeoutError.isInstance(thrown.cause);
}
