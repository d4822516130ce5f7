import { type Clock, CredentialError, CrewError, type CrewErrorJson } from '@crew/core';
import { quoteError } from '@crew/llm-http/adapter';
import { LiveSession, type SessionOwner } from '../live-session.ts';
import { withoutSecrets } from '../login/without-secrets.ts';
import type { SessionStore } from './session-store.ts';

/** Keeps one session in a store: loads it, saves it, and saves it again as its cookies change. */
export class SavedSession {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #failed: (error: CrewErrorJson) => void;
  #writing: Promise<void> | undefined;
  /** The id of what was loaded or saved last: a later login is made because that one is of no more use. */
  #seen: string | undefined;
  #next: { readonly session: LiveSession; readonly owner: SessionOwner } | undefined;

  constructor(store: SessionStore, clock: Clock, failed: (error: CrewErrorJson) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** What was saved last for this owner. */
  async load(owner: SessionOwner): Promise<LiveSession | undefined> {
    await this.settled();
    let text: unknown;
    try {
      text = await this.#store.load();
    } catch (thrown) {
      throw loadFailure(thrown);
    }
    const session = LiveSession.fromText(text, owner, this.#clock);
    this.#seen = session?.id ?? this.#seen;
    return session;
  }

  /** Saves the session soon. A failure is reported: the session itself is good. */
  save(session: LiveSession, owner: SessionOwner): void {
    this.#next = { session, owner };
    this.#writing ??= this.#write();
  }

  /** Removes what was saved. */
  async remove(): Promise<void> {
    this.#next = undefined;
    await this.settled();
    try {
      await this.#store.remove();
    } catch (thrown) {
      this.#report(thrown);
    }
  }

  /** Resolves when nothing is being saved. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      try {
        if (await this.#hasNewer(next.session, next.owner)) continue;
        await this.#store.save(next.session.toText(next.owner));
        this.#seen = next.session.id;
      } catch (thrown) {
        this.#report(thrown, next.session);
      }
    }
    this.#writing = undefined;
  }

  /** Returns true if another process has saved a later login: a late write of the older one must not take its place. */
  async #hasNewer(session: LiveSession, owner: SessionOwner): Promise<boolean> {
    let text: unknown;
    try {
      text = await this.#store.load();
    } catch {
      return false;
    }
    const stored = LiveSession.fromText(text, owner, this.#clock);
    if (stored === undefined || stored.id === session.id || stored.id === this.#seen) return false;
    return stored.startedAt > session.startedAt;
  }

  /** Reports a failure that no call waits for. It never throws: that would end the process. */
  #report(thrown: unknown, session?: LiveSession): void {
    try {
      this.#failed(reportable(thrown, session));
    } catch {
      // A listener that fails is not the session's failure.
    }
  }
}

function reportable(thrown: unknown, session: LiveSession | undefined): CrewErrorJson {
  try {
    const secrets = session?.cookies.stored.map(({ value }) => value) ?? [];
    const shown = withoutSecrets(thrown, [...secrets, session?.csrf]);
    if (CrewError.isInstance(shown)) return shown.toJSON();
    const said = quoteError(shown);
    return new CredentialError(`The store of the session failed: ${said}`).toJSON();
  } catch {
    return new CredentialError('The store of the session failed with an error that cannot be read.').toJSON();
  }
}

/** What a store of one's own throws may quote what it holds: a session's cookies. */
function loadFailure(thrown: unknown): CrewError {
  if (CrewError.isInstance(thrown) && thrown.cause === undefined) return thrown;
  return new CredentialError(
    'The session store could not load. What it said is not shown, because it may hold cookies: look into its own log.',
  );
}
