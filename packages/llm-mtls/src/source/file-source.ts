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

/** How often the files are looked at, in milliseconds. */
const LOOK_EVERY = 1_000;
/** How soon they are looked at again when what they held was no whole identity: another file may follow at once. */
const LOOK_AGAIN = 100;
/** So long may the files hold something unusable before it is told. */
const PATIENCE = 1_000;
/** Reads in a row when the files change while they are read. */
const MOST_READS = 3;

/** Settings of a `FileSource`. */
export interface FileSourceSettings {
  readonly paths: readonly string[];
  /** Checks what all files hold. */
  load(contents: FileContents): Identity;
  readonly clock: Clock;
  /** Told of each identity that replaced another one. */
  replaced(identity: Identity): void;
  /** Told once of new content that cannot be used. The identity before it stays in use. */
  rejected(error: CrewError): void;
}

/** Content that could not be used, as long as the files hold it. */
interface Suspect {
  readonly state: string;
  readonly since: number;
  readonly error: CrewError;
  readonly isTold: boolean;
}

/**
 * An identity from files. They are read once at construction. Later they are checked on use, at most once a second, and read
 * when one of them changed, both without blocking the process; their content is used only as a whole. A file system that
 * does not answer within 30 seconds leaves the identity as it is. There is no watcher.
 *
 * Certificate, key and authorities are often written one after the other, so that for a moment they do not fit. Such
 * content counts as rejected only when it is still there a second later.
 */
export class FileSource implements CertificateSource {
  readonly #settings: FileSourceSettings;
  #identity: Identity;
  /** The files' state when they were last read whole. */
  #state: string;
  #suspect: Suspect | undefined;
  #nextLook: number;
  /** The look under way: one at a time. */
  #looking: Promise<void> | undefined;
  /** True when that look took too long to be waited for. */
  #isLate = false;

  /** @throws {CredentialError} when the files hold no identity now. */
  constructor(settings: FileSourceSettings) {
    this.#settings = settings;
    const { identity, state } = this.#readNow();
    this.#identity = identity;
    this.#state = state;
    this.#nextLook = settings.clock.monotonic() + LOOK_EVERY;
  }

  get held(): Identity {
    return this.#identity;
  }

  /** Why the newest content is not in use, if it is not. */
  get rejection(): CrewError | undefined {
    return this.#suspect?.error;
  }

  current(signal: AbortSignal): Identity | Promise<Identity> {
    const isDue = this.#looking !== undefined || this.#settings.clock.monotonic() >= this.#nextLook;
    return isDue ? this.#looked(signal) : this.#identity;
  }

  async afterRefusal(refused: string | undefined, signal: AbortSignal): Promise<Identity | undefined> {
    // A look under way may have begun before the files changed.
    if (this.#looking !== undefined) await this.#looked(signal);
    const identity = await this.#looked(signal);
    return identity.id === refused ? undefined : identity;
  }

  close(): void {}

  /** The identity after a look at the files. */
  async #looked(signal: AbortSignal): Promise<Identity> {
    this.#looking ??= this.#begin();
    const { clock, paths } = this.#settings;
    try {
      if (!this.#isLate) await withFileTimeout(this.#looking, { path: paths[0] ?? '', clock, signal });
    } catch (thrown) {
      if (!(thrown instanceof Error && TimeoutError.isInstance(thrown.cause)) || signal.aborted) throw thrown;
      this.#isLate = true;
    }
    return this.#identity;
  }

  #begin(): Promise<void> {
    const look = this.#look();
    const end = (): void => {
      this.#looking = undefined;
      this.#isLate = false;
    };
    look.then(end, end);
    return look;
  }

  async #look(): Promise<void> {
    const { clock, paths } = this.#settings;
    const isUnchanged = (await stateOf(paths)) === this.#state;
    if (isUnchanged) this.#suspect = undefined;
    const isSettled = isUnchanged || (await this.#load());
    this.#nextLook = clock.monotonic() + (isSettled ? LOOK_EVERY : LOOK_AGAIN);
  }

  /** Returns whether it is settled what the files hold: it was taken, or reported as unusable. Time may yet make it usable. */
  async #load(): Promise<boolean> {
    let read: { readonly identity: Identity; readonly state: string };
    try {
      read = await this.#read();
    } catch (thrown) {
      if (!CredentialError.isInstance(thrown)) throw thrown;
      return this.#suspected(thrown, await stateOf(this.#settings.paths));
    }
    const isNew = read.identity.id !== this.#identity.id;
    this.#state = read.state;
    this.#suspect = undefined;
    if (isNew) {
      this.#identity = read.identity;
      this.#settings.replaced(read.identity);
    }
    return true;
  }

  #suspected(error: CrewError, state: string): boolean {
    const { clock, rejected } = this.#settings;
    const now = clock.monotonic();
    const before = this.#suspect?.state === state ? this.#suspect : { state, since: now, isTold: false };
    const isTold = now - before.since >= PATIENCE;
    this.#suspect = { ...before, error, isTold };
    if (isTold && !before.isTold) rejected(error);
    return isTold;
  }

  /** Reads all files at one moment: again while they change meanwhile, as when a symbolic link is swapped. */
  async #read(): Promise<{ readonly identity: Identity; readonly state: string }> {
    const { load, paths } = this.#settings;
    for (let reads = 1; ; reads += 1) {
      const state = await stateOf(paths);
      const contents = new Map<string, RegularFile>();
      try {
        for (const path of paths) keep(contents, path, await readRegularFile(path));
        const identity = load(contents);
        if (reads === MOST_READS || state === (await stateOf(paths))) return { identity, state };
      } catch (thrown) {
        if (reads === MOST_READS || state === (await stateOf(paths))) throw thrown;
      }
    }
  }

  /** Does the same synchronously. */
  #readNow(): { readonly identity: Identity; readonly state: string } {
    const { load, paths } = this.#settings;
    for (let reads = 1; ; reads += 1) {
      const state = stateNow(paths);
      const contents = new Map<string, RegularFile>();
      try {
        for (const path of paths) keep(contents, path, readRegularFileSync(path));
        const identity = load(contents);
        if (reads === MOST_READS || state === stateNow(paths)) return { identity, state };
      } catch (thrown) {
        if (reads === MOST_READS || state === stateNow(paths)) throw thrown;
      }
    }
  }
}

function keep(contents: Map<string, RegularFile>, path: string, file: RegularFile | undefined): void {
  if (file !== undefined) contents.set(path, file);
}

/** A text that changes whenever one of the files is written, replaced, or reached through another symbolic link. */
async function stateOf(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(path => fileVersion(path)))).join('|');
}

/** Does the same synchronously. */
function stateNow(paths: readonly string[]): string {
  return paths.map(path => fileVersionSync(path)).join('|');
}
