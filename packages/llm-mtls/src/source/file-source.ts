import { type Clock, CredentialError, type CrewError, TimeoutError } from '@crew/core';
import {
  fileVersion,
  fileVersionSync,
  type RegularFile,
  readRegularFile,
  readRegularFileSync,
  withFileTimeout,
} from '@crew/llm-http/adapter';
import type { Identity } from '../material/identity.ts';
import type { CertificateSource } from './certificate-source.ts';
import type { FileContents } from './identity-files.ts';

/** Polling interval of the files, in milliseconds. */
const POLL_INTERVAL = 1_000;
/** Polling interval while the files do not form a valid identity, in milliseconds: the other file may follow soon. */
const RETRY_INTERVAL = 100;
/** Time for which the files may be invalid before that is reported, in milliseconds. */
const GRACE_PERIOD = 1_000;
/** Maximum number of consecutive reads if the files change while they are read. */
const MAX_READS = 3;

/** Options of a `FileSource`. */
export interface FileSourceOptions {
  readonly paths: readonly string[];
  /** Creates the identity from the content of all files. */
  load(contents: FileContents): Identity;
  readonly clock: Clock;
  /** Called with each identity that replaces another one. */
  onReplaced(identity: Identity): void;
  /** Called once for new content that cannot be used. The previous identity stays in use. */
  onRejected(error: CrewError): void;
}

/** Content that cannot be used, while it is in the files. */
interface InvalidContent {
  readonly state: string;
  readonly since: number;
  readonly error: CrewError;
  readonly isReported: boolean;
}

/**
 * An identity from files. The files are read at construction. Later they are checked on use, at most once per second, and read
 * again if one of them has changed, without blocking the process. Their content is used only as a whole. If the file system does
 * not respond within 30 seconds, the identity stays in use. There is no watcher.
 *
 * Certificate, key and authorities are often written one after the other, so that for a moment they do not fit together. Such
 * content is rejected only if it is still there a second later.
 */
export class FileSource implements CertificateSource {
  readonly #options: FileSourceOptions;
  #identity: Identity;
  /** State of the files when they were last read completely. */
  #state: string;
  #invalid: InvalidContent | undefined;
  #nextCheck: number;
  /** The check in progress. There is only one at a time. */
  #checking: Promise<void> | undefined;
  /** True if that check takes too long to be awaited. */
  #isSlow = false;

  /** @throws {CredentialError} if the files do not contain a valid identity. */
  constructor(options: FileSourceOptions) {
    this.#options = options;
    const { identity, state } = this.#readSync();
    this.#identity = identity;
    this.#state = state;
    this.#nextCheck = options.clock.monotonic() + POLL_INTERVAL;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** The reason why the newest content is not in use, if so. */
  get rejection(): CrewError | undefined {
    return this.#invalid?.error;
  }

  current(signal: AbortSignal): Identity | Promise<Identity> {
    const isDue = this.#checking !== undefined || this.#options.clock.monotonic() >= this.#nextCheck;
    return isDue ? this.#refreshed(signal) : this.#identity;
  }

  async afterRefusal(refused: string | undefined, signal: AbortSignal): Promise<Identity | undefined> {
    // A check in progress may have started before the files changed.
    if (this.#checking !== undefined) await this.#refreshed(signal);
    const identity = await this.#refreshed(signal);
    return identity.id === refused ? undefined : identity;
  }

  close(): void {}

  /** Checks the files and returns the current identity. */
  async #refreshed(signal: AbortSignal): Promise<Identity> {
    this.#checking ??= this.#startCheck();
    const { clock, paths } = this.#options;
    try {
      if (!this.#isSlow) await withFileTimeout(this.#checking, { path: paths[0] ?? '', clock, signal });
    } catch (thrown) {
      if (!(thrown instanceof Error && TimeoutError.isInstance(thrown.cause)) || signal.aborted) throw thrown;
      this.#isSlow = true;
    }
    return this.#identity;
  }

  #startCheck(): Promise<void> {
    const check = this.#check();
    const end = (): void => {
      this.#checking = undefined;
      this.#isSlow = false;
    };
    check.then(end, end);
    return check;
  }

  async #check(): Promise<void> {
    const { clock, paths } = this.#options;
    const isUnchanged = (await fileStates(paths)) === this.#state;
    if (isUnchanged) this.#invalid = undefined;
    const isSettled = isUnchanged || (await this.#reload());
    this.#nextCheck = clock.monotonic() + (isSettled ? POLL_INTERVAL : RETRY_INTERVAL);
  }

  /** Reads the files. Returns true if the content is accepted or was reported as invalid, false if it may become valid soon. */
  async #reload(): Promise<boolean> {
    let read: { readonly identity: Identity; readonly state: string };
    try {
      read = await this.#read();
    } catch (thrown) {
      if (!CredentialError.isInstance(thrown)) throw thrown;
      return this.#reject(thrown, await fileStates(this.#options.paths));
    }
    const isNew = read.identity.id !== this.#identity.id;
    this.#state = read.state;
    this.#invalid = undefined;
    if (isNew) {
      this.#identity = read.identity;
      this.#options.onReplaced(read.identity);
    }
    return true;
  }

  #reject(error: CrewError, state: string): boolean {
    const { clock, onRejected } = this.#options;
    const now = clock.monotonic();
    const before = this.#invalid?.state === state ? this.#invalid : { state, since: now, isReported: false };
    const isReported = now - before.since >= GRACE_PERIOD;
    this.#invalid = { ...before, error, isReported };
    if (isReported && !before.isReported) onRejected(error);
    return isReported;
  }

  /** Reads all files, repeatedly if they change meanwhile, as when a symbolic link is swapped. */
  async #read(): Promise<{ readonly identity: Identity; readonly state: string }> {
    const { load, paths } = this.#options;
    for (let reads = 1; ; reads += 1) {
      const state = await fileStates(paths);
      const contents = new Map<string, RegularFile>();
      try {
        for (const path of paths) addFile(contents, path, await readRegularFile(path));
        const identity = load(contents);
        if (reads === MAX_READS || state === (await fileStates(paths))) return { identity, state };
      } catch (thrown) {
        if (reads === MAX_READS || state === (await fileStates(paths))) throw thrown;
      }
    }
  }

  /** Reads all files synchronously. */
  #readSync(): { readonly identity: Identity; readonly state: string } {
    const { load, paths } = this.#options;
    for (let reads = 1; ; reads += 1) {
      const state = fileStatesSync(paths);
      const contents = new Map<string, RegularFile>();
      try {
        for (const path of paths) addFile(contents, path, readRegularFileSync(path));
        const identity = load(contents);
        if (reads === MAX_READS || state === fileStatesSync(paths)) return { identity, state };
      } catch (thrown) {
        if (reads === MAX_READS || state === fileStatesSync(paths)) throw thrown;
      }
    }
  }
}

function addFile(contents: Map<string, RegularFile>, path: string, file: RegularFile | undefined): void {
  if (file !== undefined) contents.set(path, file);
}

/** Returns a string that changes whenever one of the files is written, replaced, or reached through another symbolic link. */
async function fileStates(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(path => fileVersion(path)))).join('|');
}

/** Returns the same as `fileStates`, synchronously. */
function fileStatesSync(paths: readonly string[]): string {
  return paths.map(path => fileVersionSync(path)).join('|');
}
