import { type Clock, CredentialError, CrewError, type CrewErrorJson } from '@crew/core';
import { quoteError } from '@crew/llm-http/adapter';
import { isValidToken } from '../csrf.ts';
import { sanitiseLoginError } from '../login/login-failure.ts';
import { SessionCookies, type StoredCookie } from '../session-cookies.ts';
import { SessionState } from '../session-state.ts';
import type { SessionStore } from './session-store.ts';

/** Whose session it is, for the store. */
export interface SessionOwner {
  readonly origin: string;
  readonly username: string | undefined;
}

interface StoredSession extends SessionOwner {
  readonly version: 1;
  readonly id: string;
  readonly startedAt: number;
  readonly expiresAt?: number | undefined;
  readonly csrf?: string | undefined;
  readonly cookies: readonly StoredCookie[];
}

/** Keeps one session in a store: loads it, saves it, and saves it again as its cookies change. */
export class SavedSession {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #failed: (error: CrewErrorJson) => void;
  #writing: Promise<void> | undefined;
  /** The id of what was loaded or saved last: a later login is made because that one is of no more use. */
  #seen: string | undefined;
  #next: { readonly session: SessionState; readonly owner: SessionOwner } | undefined;

  constructor(store: SessionStore, clock: Clock, failed: (error: CrewErrorJson) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** What was saved last for this owner. */
  async load(owner: SessionOwner): Promise<SessionState | undefined> {
    await this.settled();
    let text: unknown;
    try {
      text = await this.#store.load();
    } catch (thrown) {
      throw loadFailure(thrown);
    }
    const session = parseSession(text, owner, this.#clock);
    this.#seen = session?.id ?? this.#seen;
    return session;
  }

  /** Saves the session soon. A failure is reported: the session itself is good. */
  save(session: SessionState, owner: SessionOwner): void {
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
        await this.#store.save(serialise(next.session, next.owner));
        this.#seen = next.session.id;
      } catch (thrown) {
        this.#report(thrown, next.session);
      }
    }
    this.#writing = undefined;
  }

  /** Returns true if another process has saved a later login: a late write of the older one must not take its place. */
  async #hasNewer(session: SessionState, owner: SessionOwner): Promise<boolean> {
    let text: unknown;
    try {
      text = await this.#store.load();
    } catch {
      return false;
    }
    const stored = parseSession(text, owner, this.#clock);
    if (stored === undefined || stored.id === session.id || stored.id === this.#seen) return false;
    return stored.startedAt > session.startedAt;
  }

  /** Reports a failure that no call waits for. It never throws: that would end the process. */
  #report(thrown: unknown, session?: SessionState): void {
    try {
      this.#failed(reportable(thrown, session));
    } catch {
      // A listener that fails is not the session's failure.
    }
  }
}

function reportable(thrown: unknown, session: SessionState | undefined): CrewErrorJson {
  try {
    const secrets = session?.cookies.stored.map(({ value }) => value) ?? [];
    const shown = sanitiseLoginError(thrown, [...secrets, session?.csrf]);
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

interface StoredSession extends SessionOwner {
  readonly version: 1;
  readonly id: string;
  readonly startedAt: number;
  readonly expiresAt?: number | undefined;
  readonly csrf?: string | undefined;
  readonly cookies: readonly StoredCookie[];
}

/** Returns the session as a string for a store. It is a secret. */
function serialise(session: SessionState, { origin, username }: SessionOwner): string {
  const { id, startedAt, expiresAt, csrf } = session;
  const { stored: cookies } = session.cookies;
  const stored: StoredSession = { version: 1, origin, username, id, startedAt, expiresAt, csrf, cookies };
  return JSON.stringify(stored);
}

/**
 * Parses a string that `serialise` returned. Returns `undefined` for anything else, for the session of another owner, and
 * for one whose cookies or token cannot be sent. A session whose start is in the future, because the clock was set back,
 * counts as the oldest.
 */
function parseSession(text: unknown, owner: SessionOwner, clock: Clock): SessionState | undefined {
  const stored = parseFields(text);
  if (stored === undefined || stored.origin !== owner.origin || stored.username !== owner.username) return undefined;
  const cookies = SessionCookies.restore(clock, stored.cookies);
  if (cookies === undefined) return undefined;
  const { id, csrf, expiresAt } = stored;
  const startedAt = stored.startedAt > clock.wall() ? 0 : stored.startedAt;
  return new SessionState(clock, { id, startedAt, csrf, expiresAt, cookies });
}

/** Longest text of a store that is read, in characters. A store of somebody's own may give anything. */
const MAX_TEXT = 1_048_576;
const MAX_ID = 100;

function parseFields(
  text: unknown,
): (Omit<StoredSession, 'cookies'> & { readonly cookies: readonly unknown[] }) | undefined {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, origin, username, id, startedAt, expiresAt, csrf, cookies }: Record<string, unknown> = { ...value };
  if (version !== 1 || typeof origin !== 'string' || !Array.isArray(cookies)) return undefined;
  if (username !== undefined && typeof username !== 'string') return undefined;
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID || !isTime(startedAt)) return undefined;
  if (expiresAt !== undefined && !isTime(expiresAt)) return undefined;
  if (csrf !== undefined && (typeof csrf !== 'string' || !isValidToken(csrf))) return undefined;
  return { version, origin, username, id, startedAt, expiresAt, csrf, cookies };
}

/** Returns true for milliseconds since the epoch that a date can have (ECMA-262, section 21.4.1.1). */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}
