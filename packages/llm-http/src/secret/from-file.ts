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
const POLLING_INTERVAL = 1_000;

/** Options of `fromFile`. */
export interface FromFileOptions {
  /** Clock of the polling interval and the time limit. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** A function that reads a secret from a file: synchronously if it is called without a context, otherwise without blocking. */
export interface FileSecret {
  (): string;
  (context: SecretContext): string | Promise<string>;
}

/**
 * Returns a function that reads a secret from a file, such as a mounted secret that is rotated. The file is checked at most
 * once per second, on use, and read again when its inode, size or modification time has changed. One trailing line break is
 * removed. While the file is missing, empty or unreadable, as during a rotation, the last value is used.
 *
 * The file must be a regular file of at most 1 MiB. A FIFO, device, socket or directory is rejected without being opened. At
 * most 1 MiB is read, even from a file that claims to be empty and never ends.
 *
 * Adapters call the function without a context at construction, where it reads synchronously, and with a context for each
 * attempt. It then returns the value at once if that is less than a second old. Otherwise it returns a promise, which
 * settles within 30 seconds or when the signal of the context aborts.
 *
 * @throws {CredentialError} from the returned function, if the file has never been read successfully.
 *
 * @example
 * ```ts no-run
 * import { fromFile } from '@crew/llm-http';
 *
 * const token = fromFile('/var/run/secrets/llm/token');
 * console.log(token().length);
 * ```
 */
export function fromFile(path: string, options: FromFileOptions = {}): FileSecret {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fromFile needs the path of a file.');
  const { clock = systemClock } = options;
  const secret = new FileReader(path, clock);
  function read(): string;
  function read(context: SecretContext): string | Promise<string>;
  // A rest parameter: a function of length 0 returns the same secret for every context.
  function read(...[context]: [SecretContext?]): string | Promise<string> {
    return context === undefined ? secret.readSync() : secret.read(context.signal);
  }
  return markSynchronous(read);
}

/** A secret and the version of the file that it was read from. */
interface CachedSecret {
  readonly text: string;
  readonly version: string;
}

class FileReader {
  readonly #path: string;
  readonly #clock: Clock;
  #cached: CachedSecret | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** The current read. There is one at a time: a file system that does not respond must block one thread at most. */
  #reading: Promise<string> | undefined;
  /** The timeout error of the current read. Further callers do not wait for it. */
  #timeoutError: unknown;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  readSync(): string {
    const recent = this.#recent;
    if (recent !== undefined) return recent;
    this.#checkedAt = this.#clock.monotonic();
    try {
      if (this.#cached === undefined || fileVersionSync(this.#path) !== this.#cached.version) {
        this.#cached = this.#toSecret(readRegularFileSync(this.#path));
      }
    } catch (thrown) {
      if (this.#cached === undefined) throw thrown;
    }
    return this.#cached.text;
  }

  read(signal: AbortSignal): string | Promise<string> {
    return this.#recent ?? this.#waitForRead(signal);
  }

  async #waitForRead(signal: AbortSignal): Promise<string> {
    this.#reading ??= this.#startRead();
    try {
      if (this.#timeoutError !== undefined) throw this.#timeoutError;
      return await withFileTimeout(this.#reading, { path: this.#path, clock: this.#clock, signal });
    } catch (thrown) {
      if (isTimeout(thrown) && this.#reading !== undefined) this.#timeoutError = thrown;
      if (this.#cached === undefined || signal.aborted) throw thrown;
      return this.#cached.text;
    }
  }

  get #recent(): string | undefined {
    return this.#clock.monotonic() - this.#checkedAt < POLLING_INTERVAL ? this.#cached?.text : undefined;
  }

  #startRead(): Promise<string> {
    this.#checkedAt = this.#clock.monotonic();
    const reading = this.#readChanged();
    const end = (): void => {
      this.#reading = undefined;
      this.#timeoutError = undefined;
    };
    reading.then(end, end);
    return reading;
  }

  async #readChanged(): Promise<string> {
    const before = this.#cached;
    const isUnchanged = before !== undefined && (await fileVersion(this.#path)) === before.version;
    const secret = isUnchanged ? before : this.#toSecret(await readRegularFile(this.#path));
    this.#cached = secret;
    return secret.text;
  }

  #toSecret(file: RegularFile | undefined): CachedSecret {
    if (file === undefined) throw fileError(this.#path, 'cannot be read (ENOENT)');
    const text = withoutLineBreak(file.bytes.toString('utf8'));
    if (text === '') throw fileError(this.#path, 'is empty');
    return { text, version: file.version };
  }
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && TimeoutError.isInstance(thrown.cause);
}
