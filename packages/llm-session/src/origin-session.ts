import { AbortError, type Clock, CredentialError, type CrewEvent } from '@crew/core';
import {
  type AuthHost,
  type ObtainedCredential,
  RenewingCredential,
  type TransportFetch,
} from '@crew/llm-http/adapter';
import { type Account, LoginClient } from './login/login-client.ts';
import { pausedLoginError, repeatedLoginError } from './login/login-failure.ts';
import type { SessionSettings } from './session-options.ts';
import type { SessionState } from './session-state.ts';
import { SavedSession, type SessionOwner } from './store/saved-session.ts';
import { stripQuery } from './url.ts';

/** Number of consecutive logins without an accepted request after which logins pause. */
const MAX_UNACCEPTED_LOGINS = 2;
/** Length of that pause, in milliseconds. */
const LOGIN_PAUSE = 60_000;
/** Maximum number of request URLs that are remembered. */
const MAX_URLS = 100;

/** The session of one origin: obtained once for all callers, cached until it ends, and saved in the store. */
export class OriginSession {
  readonly hosts: AttachedHosts;
  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly #client: LoginClient;
  readonly #saved: SavedSession | undefined;
  readonly #credential: RenewingCredential<SessionState>;
  #owner: SessionOwner | undefined;
  /** The login that the server refused. It is not repeated with the same account. */
  #refusedLogin: { readonly fingerprint: string; readonly error: CredentialError } | undefined;
  /** Number of the latest logins that were aborted, or whose session has not been accepted so far. */
  #unacceptedLogins = 0;
  #latestLoginAt = Number.NEGATIVE_INFINITY;
  /** URLs without query that requests are sent to. */
  readonly #urls = new Set<string>();
  /** Id of the session that `retryLogin` discarded. It may still be in the store. */
  #discardedId: string | undefined;

  constructor(settings: SessionSettings, host: AuthHost) {
    this.hosts = new AttachedHosts(host);
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#client = new LoginClient(settings, host.origin, this.hosts.fetch);
    const { name, clock, deadline } = settings;
    const emit = (event: CrewEvent): void => this.hosts.emit(event);
    const obtain = this.#obtain.bind(this);
    this.#credential = new RenewingCredential({ name, clock, deadline, emit, obtain });
    this.#saved = settings.store && new SavedSession(settings.store, settings.clock, error => this.#emitFailure(error));
  }

  /** Returns the session if a request to the URL can be sent with it at once. */
  current(url: string): SessionState | undefined {
    this.#addUrl(url);
    const session = this.#credential.fresh();
    if (session === undefined) return undefined;
    const { csrf, idleTimeout = Number.POSITIVE_INFINITY } = this.#settings;
    const idle = this.#clock.monotonic() - session.lastUsed;
    if (idle < idleTimeout && !session.isExpiredFor(url, csrf)) return session;
    this.#credential.refused(session);
    return undefined;
  }

  /** Returns the session, and logs in if there is none. */
  get(signal: AbortSignal, emit: (event: CrewEvent) => void): Promise<SessionState> {
    return this.#credential.get(signal, emit);
  }

  /** Replaces a session that the server refused. Resolves to false if no other session can be obtained now. */
  async replace(session: SessionState, signal: AbortSignal, emit: (event: CrewEvent) => void): Promise<boolean> {
    if (this.#credential.fresh() === session) {
      // Logins succeed, but their sessions are refused: more logins would only load the server.
      if (!session.isAccepted && this.#remainingPause > 0) return false;
      this.#credential.refused(session);
    }
    await this.#credential.get(signal, emit);
    return true;
  }

  /** Records that the server accepted the session. `changed` is true if its response changed the cookies. */
  onAccepted(session: SessionState, changed: boolean): void {
    session.isAccepted = true;
    this.#unacceptedLogins = 0;
    if (changed && this.#credential.fresh() === session) this.#save(session);
  }

  /** Reports, once per response, the cookies that were dropped because the server set too many. */
  reportDroppedCookies(session: SessionState): void {
    const dropped = session.cookies.takeDroppedCount();
    if (dropped === 0) return;
    const error = new CredentialError(
      `${this.#client.origin} set more cookies than the 50 that a session keeps: ${dropped} more. They are not sent back. ` +
        'If one of them is needed, configure the server to set fewer.',
    );
    this.#emitFailure(error.toJSON());
  }

  /** Forgets a refused login, and discards a session with which no request has been accepted. */
  retryLogin(): void {
    this.#refusedLogin = undefined;
    this.#unacceptedLogins = 0;
    const session = this.#credential.fresh();
    if (this.#credential.isRenewing || session?.isAccepted) return;
    this.#discardedId = session?.id ?? this.#discardedId;
    // This also ends the pause after the failure.
    this.#credential.close();
  }

  /** Aborts the login in progress, and logs out if the options say so. */
  async close(): Promise<void> {
    const session = this.#credential.fresh();
    this.#credential.close();
    if (session === undefined || this.#settings.logout === undefined) return this.#saved?.settled();
    await Promise.all([this.#client.logOut(session), this.#saved?.remove()]);
  }

  async #obtain(context: {
    readonly signal: AbortSignal;
    readonly refused: SessionState | undefined;
  }): Promise<ObtainedCredential<SessionState>> {
    const account = await this.#client.readAccount(context.signal);
    const owner = { origin: this.#client.origin, username: account.username };
    this.#owner = owner;
    const saved = await this.#saved?.load(owner);
    // Another process may have logged in since.
    if (saved !== undefined && this.#isUsable(saved, context.refused)) return this.#toCredential(saved);
    const session = await this.#logIn(account, context.signal);
    const missing = this.#missingCredential(session);
    if (missing !== undefined) throw missing;
    this.#save(session);
    this.reportDroppedCookies(session);
    return this.#toCredential(session);
  }

  #emitFailure(error: ReturnType<CredentialError['toJSON']>): void {
    const { name, clock } = this.#settings;
    this.hosts.emit({ type: 'credential', action: 'failed', authenticator: name, at: clock.wall(), error });
  }

  async #logIn(account: Account, signal: AbortSignal): Promise<SessionState> {
    if (this.#refusedLogin?.fingerprint === account.fingerprint) throw this.#refusedLogin.error;
    if (this.#remainingPause > 0) throw pausedLoginError(this.#client.origin, this.#remainingPause);
    try {
      const session = await this.#client.logIn(account, signal);
      this.#refusedLogin = undefined;
      this.#countUnacceptedLogin();
      return session;
    } catch (thrown) {
      // An aborted login may have sent a wrong password. Repeating it without limit could lock the account.
      if (signal.aborted) this.#countUnacceptedLogin();
      else if (CredentialError.isInstance(thrown) && thrown.terminal) {
        this.#refusedLogin = { fingerprint: account.fingerprint, error: repeatedLoginError(thrown) };
      }
      throw thrown;
    }
  }

  #countUnacceptedLogin(): void {
    this.#unacceptedLogins += 1;
    this.#latestLoginAt = this.#clock.monotonic();
  }

  /** Milliseconds until the next login is allowed, after logins without an accepted request. */
  get #remainingPause(): number {
    if (this.#unacceptedLogins < MAX_UNACCEPTED_LOGINS) return 0;
    return this.#latestLoginAt + LOGIN_PAUSE - this.#clock.monotonic();
  }

  #save(session: SessionState): void {
    if (this.#owner !== undefined) this.#saved?.save(session, this.#owner);
  }

  #isUsable(saved: SessionState, refused: SessionState | undefined): boolean {
    if (saved.id === refused?.id || saved.id === this.#discardedId) return false;
    if (this.#missingCredential(saved) !== undefined) return false;
    const { expiresAt = Number.POSITIVE_INFINITY } = this.#toCredential(saved);
    return this.#clock.wall() < expiresAt;
  }

  /** Returns the error that makes the session useless for every URL that requests are sent to, or `undefined`. */
  #missingCredential(session: SessionState): CredentialError | undefined {
    const missing = [...this.#urls].map(url => session.missingCredential(url, this.#settings.csrf));
    return missing.includes(undefined) ? undefined : missing[0];
  }

  #addUrl(url: string): void {
    if (this.#urls.size < MAX_URLS) this.#urls.add(stripQuery(url));
  }

  #toCredential(session: SessionState): ObtainedCredential<SessionState> {
    const { lifetime = Number.POSITIVE_INFINITY } = this.#settings;
    const expiresAt = Math.min(session.expiresAt ?? Number.POSITIVE_INFINITY, session.startedAt + lifetime);
    return { value: session, expiresAt: expiresAt === Number.POSITIVE_INFINITY ? undefined : expiresAt };
  }
}

/** Maximum number of LLMs that are remembered. */
const MAX_HOSTS = 100;

/** The LLMs of one origin that share a session. Any of them can send the requests of a login until it is closed. */
class AttachedHosts {
  readonly #hosts: AuthHost[];

  constructor(first: AuthHost) {
    this.#hosts = [first];
  }

  add(host: AuthHost): void {
    this.#hosts.push(host);
    if (this.#hosts.length > MAX_HOSTS) this.#hosts.shift();
  }

  emit(event: CrewEvent): void {
    this.#hosts.at(-1)?.emit(event);
  }

  /** A `fetch` on the transport of the newest LLM that is still open. */
  readonly fetch: TransportFetch = async (input, init = {}) => {
    const request = new Request(input, init);
    // A request follows its signal only as long as the request itself is referenced: the signal of a copy can be collected.
    const signal = init.signal ?? request.signal;
    for (;;) {
      const host = this.#hosts.at(-1);
      if (host === undefined) throw new AbortError('The LLM was closed.');
      try {
        return await host.fetch(request.clone(), { signal, maxResponseBytes: init.maxResponseBytes });
      } catch (thrown) {
        const isClosed = AbortError.isInstance(thrown) && !signal.aborted;
        if (!isClosed || this.#hosts.length === 1) throw thrown;
        this.#hosts.splice(this.#hosts.indexOf(host), 1);
      }
    }
  };
}
