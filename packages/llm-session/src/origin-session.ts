import { AbortError, type Clock, CredentialError, type CrewEvent } from '@crew/core';
import {
  type AuthHost,
  type ObtainedCredential,
  RenewingCredential,
  type TransportFetch,
} from '@crew/llm-http/adapter';
import { type Account, LoginClient } from './login/login-client.ts';
import { repeatedLoginError, pausedLoginError } from './login/login-failure.ts';
import type { SessionSettings } from './session-options.ts';
import type { SessionState } from './session-state.ts';
import { SavedSession, type SessionOwner } from './store/saved-session.ts';
import { stripQuery } from './url.ts';

/** Logins, one after another, that led to no accepted request, after which no other is tried for a while. */
const MAX_UNACCEPTED_LOGINS = 2;
/** How long, in milliseconds. */
const LOGIN_PAUSE = 60_000;
/** More URLs than these are not remembered. */
const MAX_URLS = 100;

/** The session at one origin: obtained once for all callers, kept while it lives, and saved. */
export class OriginSession {
  readonly hosts: AttachedHosts;
  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly #client: LoginClient;
  readonly #saved: SavedSession | undefined;
  readonly #credential: RenewingCredential<SessionState>;
  #owner: SessionOwner | undefined;
  /** The login that the server refused, so that it is not tried again with the same account. */
  #refusedLogin: { readonly fingerprint: string; readonly error: CredentialError } | undefined;
  /** The latest logins that were cancelled on their way, or whose session was not accepted so far. */
  #unacceptedLogins = 0;
  #latestLoginAt = Number.NEGATIVE_INFINITY;
  /** What is asked with the session, without queries. */
  readonly #urls = new Set<string>();
  /** The id of the session that `retryLogin` gave up: it may still be in the store. */
  #abandonedId: string | undefined;

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

  /** The session, if it can be used at once for that URL. */
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

  /** The session, logged in if need be. */
  get(signal: AbortSignal, emit: (event: CrewEvent) => void): Promise<SessionState> {
    return this.#credential.get(signal, emit);
  }

  /** The server refused the session. Resolves to whether there is another one. */
  async replace(session: SessionState, signal: AbortSignal, emit: (event: CrewEvent) => void): Promise<boolean> {
    if (this.#credential.fresh() === session) {
      // Logging in works and the sessions do not: more logins would only load the server.
      if (!session.isAccepted && this.#remainingPause > 0) return false;
      this.#credential.refused(session);
    }
    await this.#credential.get(signal, emit);
    return true;
  }

  /** The server accepted the session; its answer may have changed the cookies. */
  accepted(session: SessionState, changed: boolean): void {
    session.isAccepted = true;
    this.#unacceptedLogins = 0;
    if (changed && this.#credential.fresh() === session) this.#save(session);
  }

  /** Reports, once for each response, that the server set more cookies than are kept. */
  reportDroppedCookies(session: SessionState): void {
    const surplus = session.cookies.takeDroppedCount();
    if (surplus === 0) return;
    const error = new CredentialError(
      `${this.#client.origin} set more cookies than the 50 that a session keeps: ${surplus} more. They are not sent back. ` +
        'If one of them is optionsByLogin, have the server set fewer.',
    );
    this.#emitFailure(error.toJSON());
  }

  /** Forgets that a login was refused, and a session that no request was accepted with. */
  retryLogin(): void {
    this.#refusedLogin = undefined;
    this.#unacceptedLogins = 0;
    const session = this.#credential.fresh();
    if (this.#credential.isRenewing || session?.isAccepted) return;
    this.#abandonedId = session?.id ?? this.#abandonedId;
    // With it goes the rest that it would take after the failure.
    this.#credential.close();
  }

  /** Ends the logins under way; logs out if that is wanted. */
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
    const kept = await this.#saved?.load(owner);
    // Another process may have logged in since.
    if (kept !== undefined && this.#isUsable(kept, context.refused)) return this.#toCredential(kept);
    const session = await this.#logIn(account, context.signal);
    const lack = this.#missingCredential(session);
    if (lack !== undefined) throw lack;
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
      this.#countLogin();
      return session;
    } catch (thrown) {
      // Whether the password was right is then not known, so that repeating it at will could lock the account.
      if (signal.aborted) this.#countLogin();
      else if (CredentialError.isInstance(thrown) && thrown.terminal) {
        this.#refusedLogin = { fingerprint: account.fingerprint, error: repeatedLoginError(thrown) };
      }
      throw thrown;
    }
  }

  #countLogin(): void {
    this.#unacceptedLogins += 1;
    this.#latestLoginAt = this.#clock.monotonic();
  }

  /** Milliseconds for which no login is tried, because the latest ones came to nothing. */
  get #remainingPause(): number {
    return this.#unacceptedLogins < MAX_UNACCEPTED_LOGINS ? 0 : this.#latestLoginAt + LOGIN_PAUSE - this.#clock.monotonic();
  }

  #save(session: SessionState): void {
    if (this.#owner !== undefined) this.#saved?.save(session, this.#owner);
  }

  #isUsable(kept: SessionState, refused: SessionState | undefined): boolean {
    if (kept.id === refused?.id || kept.id === this.#abandonedId || this.#missingCredential(kept) !== undefined) return false;
    const { expiresAt = Number.POSITIVE_INFINITY } = this.#toCredential(kept);
    return this.#clock.wall() < expiresAt;
  }

  /** What makes the session useless for all that is asked. */
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

/** More than these are not remembered. */
const MAX_HOSTS = 100;

/** The LLMs of one origin that share a session. Any of them can carry a login; one that is closed no longer does. */
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

  /** `fetch` by the newest LLM that is still open. */
  readonly fetch: TransportFetch = async (input, init = {}) => {
    const request = new Request(input, init);
    // A request follows the signal that it was given only as long as it is itself referred to: a copy's would go silent.
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
