import { type Clock, CredentialError, type CrewError } from '@crew/core';
import type { Identity } from '../material/identity.ts';
import type { CertificateSource } from './certificate-source.ts';
import { stateOf } from './read-files.ts';

/** How often the files are looked at, in milliseconds. */
const LOOK_EVERY = 1_000;
/** How soon they are looked at again when what they held was no whole identity: another file may follow at once. */
const LOOK_AGAIN = 100;
/** So long may the files hold something unusable before it is told. */
const PATIENCE = 1_000;
/** Reads in a row when the files change while they are read. */
const MOST_READS = 3;

/** What a `FileSource` is told to do. */
export interface FileSourceSettings {
  readonly paths: readonly string[];
  /** Reads and checks all files. */
  load(): Identity;
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
 * An identity from files. They are looked at on use, at most once a second, and read when one of them changed; their
 * content is used only as a whole. It has no timer and no watcher.
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

  /** @throws {CredentialError} when the files hold no identity now. */
  constructor(settings: FileSourceSettings) {
    this.#settings = settings;
    const { identity, state } = this.#read();
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

  current(): Identity {
    if (this.#settings.clock.monotonic() >= this.#nextLook) this.#look();
    return this.#identity;
  }

  afterRefusal(refused: string | undefined): Identity | undefined {
    this.#look();
    return this.#identity.id === refused ? undefined : this.#identity;
  }

  close(): void {}

  #look(): void {
    const { clock, paths } = this.#settings;
    const isUnchanged = stateOf(paths) === this.#state;
    if (isUnchanged) this.#suspect = undefined;
    const isSettled = isUnchanged || this.#load();
    this.#nextLook = clock.monotonic() + (isSettled ? LOOK_EVERY : LOOK_AGAIN);
  }

  /** Whether it is settled what the files hold: it was taken, or told to be unusable. Time may yet make it usable. */
  #load(): boolean {
    try {
      const { identity, state } = this.#read();
      const isNew = identity.id !== this.#identity.id;
      this.#state = state;
      this.#suspect = undefined;
      if (!isNew) return true;
      this.#identity = identity;
      this.#settings.replaced(identity);
      return true;
    } catch (thrown) {
      if (!CredentialError.isInstance(thrown)) throw thrown;
      return this.#suspected(thrown);
    }
  }

  #suspected(error: CrewError): boolean {
    const { clock, paths, rejected } = this.#settings;
    const state = stateOf(paths);
    const now = clock.monotonic();
    const before = this.#suspect?.state === state ? this.#suspect : { state, since: now, isTold: false };
    const isTold = now - before.since >= PATIENCE;
    this.#suspect = { ...before, error, isTold };
    if (isTold && !before.isTold) rejected(error);
    return isTold;
  }

  /** All files at one moment: read again while they change meanwhile, as when a symbolic link is swapped. */
  #read(): { readonly identity: Identity; readonly state: string } {
    const { load, paths } = this.#settings;
    for (let reads = 1; ; reads += 1) {
      const state = stateOf(paths);
      try {
        const identity = load();
        if (state === stateOf(paths) || reads === MOST_READS) return { identity, state };
      } catch (thrown) {
        if (state === stateOf(paths) || reads === MOST_READS) throw thrown;
      }
    }
  }
}
