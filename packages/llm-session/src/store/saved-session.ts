import { type Clock, CredentialError, CrewError, type CrewErrorJson } from '@crew/core';
import { quoteError } from '@crew/llm-http/adapter';
import { isValidToken } from '../csrf.ts';
import { sanitiseLoginError } from '../login/login-failure.ts';
import { SessionCookies, type StoredCookie } from '../session-cookies.ts';
import { SessionState } from '../session-state.ts';
import type { SessionStore } from './session-store.ts';

/** Origin and account that a stored session belongs to. */
export interface SessionOwner {
  readonly origin: string;
  readonly username: string | undefined;
}

/** Access to one session in a store: loads it, saves it, and saves it again when its cookies change. */
export class SavedSession {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #onFailure: (error: CrewErrorJson) => void;
  #writing: Promise<void> | undefined;
  /** Id of the session that was loaded or saved last. A later login of this process replaces it. */
  #latestId: string | undefined;
  #pending: { readonly session: SessionState; readonly owner: SessionOwner } | undefined;

  constructor(store: SessionStore, clock: Clock, onFailure: (error: CrewErrorJson) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /**
   * Returns the session that was saved last for this owner.
   *
   * @throws {CrewError} if the store fails.
   */
  async load(owner: SessionOwner): Promise<SessionState | undefined> {
    await this.settled();
    let text: unknown;
    try {
      text = await this.#store.load();
    } catch (thrown) {
      throw loadError(thrown);
    }
    const session = parseSession(text, owner, this.#clock);
    this.#latestId = session?.id ?? this.#latestId;
    return session;
  }

  /** Saves the session in the background. A failure is only reported, because the session itself works. */
  save(session: SessionState, owner: SessionOwner): void {
    this.#pending = { session, owner };
    this.#writing ??= this.#write();
  }

  /** Removes the saved session. A failure is only reported. */
  async remove(): Promise<void> {
    this.#pending = undefined;
    await this.settled();
    try {
      await this.#store.remove();
    } catch (thrown) {
      this.#report(thrown);
    }
  }

  /** Resolves when no save is in progress. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let next = this.#pending; next !== undefined; next = this.#pending) {
      this.#pending = undefined;
      try {
        if (await this.#hasNewer(next.session, next.owner)) continue;
        await this.#store.save(serialise(next.session, next.owner));
        this.#latestId = next.session.id;
      } catch (thrown) {
        this.#report(thrown, next.session);
      }
    }
    this.#writing = undefined;
  }

  /** Returns true if another process has saved a later login, which a late write of the older one must not replace. */
  async #hasNewer(session: SessionState, owner: SessionOwner): Promise<boolean> {
    let text: unknown;
    try {
      text = await this.#store.load();
    } catch {
      return false;
    }
    const stored = parseSession(text, owner, this.#clock);
    if (stored === undefined || stored.id === session.id || stored.id === this.#latestId) return false;
    return stored.startedAt > session.startedAt;
  }

  /** Reports a failure that no call waits for. It never throws, because that would end the process. */
  #report(thrown: unknown, session?: SessionState): void {
    try {
      this.#onFailure(toReport(thrown, session));
    } catch {
      // An exception of a listener is not a failure of the session.
    }
  }
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

/** Maximum length of a stored string that is parsed, in characters. A custom store may return anything. */
const MAX_TEXT_LENGTH = 1_048_576;
const MAX_ID_LENGTH = 100;

function parseFields(
  text: unknown,
): (Omit<StoredSession, 'cookies'> & { readonly cookies: readonly unknown[] }) | undefined {
  if (typeof text !== 'string' || text.length > MAX_TEXT_LENGTH) return undefined;
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
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH || !isTime(startedAt)) return undefined;
  if (expiresAt !== undefined && !isTime(expiresAt)) return undefined;
  if (csrf !== undefined && (typeof csrf !== 'string' || !isValidToken(csrf))) return undefined;
  return { version, origin, username, id, startedAt, expiresAt, csrf, cookies };
}

/** Returns true for a time that a date can represent, in milliseconds since the epoch (ECMA-262, section 21.4.1.1). */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}

function toReport(thrown: unknown, session: SessionState | undefined): CrewErrorJson {
  try {
    const secrets = session?.cookies.stored.map(({ value }) => value) ?? [];
    const sanitised = sanitiseLoginError(thrown, [...secrets, session?.csrf]);
    if (CrewError.isInstance(sanitised)) return sanitised.toJSON();
    return new CredentialError(`The session store failed: ${quoteError(sanitised)}`).toJSON();
  } catch {
    return new CredentialError('The session store failed with an error that cannot be read.').toJSON();
  }
}

/** Returns the error of a failed `load()`. An error of a custom store may quote the session cookies, so it is replaced. */
function loadError(thrown: unknown): CrewError {
  if (CrewError.isInstance(thrown) && thrown.cause === undefined) return thrown;
  return new CredentialError(
    'The session store could not load the session. Its error is not shown, because it may contain cookies. Check the log ' +
      'of the store.',
  );
}
