import { createHash } from 'node:crypto';
import { CredentialError, CrewError, copyOptions } from '@crew/core';
import { quoteError, type TransportFetch } from '@crew/llm-http/adapter';
import { checkToken, findToken } from '../csrf.ts';
import { SessionCookies } from '../session-cookies.ts';
import type { SessionSettings } from '../session-options.ts';
import { SessionState } from '../session-state.ts';
import { resolveUrl, printableUrl } from '../url.ts';
import type { LoginResult } from './login.ts';
import { sanitiseLoginError } from './login-failure.ts';
import { fetchResponse, LoginFetch } from './login-fetch.ts';

/** Time that a logout may take, in milliseconds. */
const LOGOUT_TIMEOUT = 5_000;

/** Who logs in. */
export interface Account {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Differs when either does. */
  readonly fingerprint: string;
}

/** Logs in to one origin, and out. */
export class LoginClient {
  readonly origin: string;
  readonly #settings: SessionSettings;
  readonly #send: TransportFetch;

  constructor(settings: SessionSettings, origin: string, send: TransportFetch) {
    this.#settings = settings;
    this.origin = origin;
    this.#send = send;
  }

  async readAccount(signal: AbortSignal): Promise<Account> {
    const username = await this.#settings.username?.(signal);
    const password = await this.#settings.password?.(signal);
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([username, password]))
      .digest('base64');
    return { username, password, fingerprint };
  }

  /** Makes a new session. */
  async logIn({ username, password }: Account, signal: AbortSignal): Promise<SessionState> {
    const { clock } = this.#settings;
    const cookies = new SessionCookies(clock);
    const visit = this.#visit(cookies, signal);
    const codes: string[] = [];
    try {
      const { login } = this.#settings;
      const otp = this.#otp(signal, codes);
      const context = { origin: this.origin, username, password, otp, fetch: visit.fetch, signal, clock };
      const result = copyOptions((await login(context)) ?? {}, ['csrf', 'expiresAt']);
      const csrf = await this.#csrf(visit, result);
      return new SessionState(clock, { cookies, csrf, expiresAt: result.expiresAt });
    } catch (thrown) {
      throw sanitiseLoginError(toLoginError(thrown), [password, ...codes, ...cookies.secrets]);
    }
  }

  /**
   * Logs out as well as it can: the session is given up in any case, after 5 seconds at most, even if a `logout` function
   * ignores its signal.
   */
  async logOut(session: SessionState): Promise<void> {
    const timer = new AbortController();
    const deadline = new AbortController();
    const late = this.#settings.clock.sleep(LOGOUT_TIMEOUT, timer.signal).then(
      () => deadline.abort(),
      () => undefined,
    );
    // If it fails, the server forgets the session by itself, later.
    const done = this.#logOut(session, deadline.signal).catch(() => undefined);
    await Promise.race([done, late]);
    timer.abort();
  }

  async #logOut(session: SessionState, signal: AbortSignal): Promise<void> {
    const { logout } = this.#settings;
    const { fetch } = this.#visit(session.cookies, signal);
    const csrf = session.csrfToken(this.#settings.csrf, this.origin);
    if (typeof logout === 'function') await logout({ origin: this.origin, fetch, csrf, signal });
    else if (logout !== undefined) await this.#postLogout(fetch, resolveUrl(logout, this.origin, '`logout`'), csrf);
  }

  async #postLogout(send: typeof fetch, url: URL, csrf: string | undefined): Promise<void> {
    const { header = 'x-csrf-token' } = this.#settings.csrf ?? {};
    // The token is for the origin that gave it.
    const token = csrf !== undefined && url.origin === this.origin ? { [header]: csrf } : {};
    await fetchResponse(send, url, { method: 'POST', headers: { origin: url.origin, ...token } });
  }

  #visit(cookies: SessionCookies, signal: AbortSignal): LoginFetch {
    const { origins } = this.#settings;
    return new LoginFetch({ origin: this.origin, origins, cookies, send: this.#send, signal });
  }

  #otp(signal: AbortSignal, codes: string[]): (() => Promise<string>) | undefined {
    const { otp } = this.#settings;
    return (
      otp &&
      (async () => {
        const code: unknown = await otp({ signal });
        if (typeof code !== 'string' || code === '') {
          throw new CredentialError("The session's `otp` gave no code.", { terminal: true });
        }
        codes.push(code);
        return code;
      })
    );
  }

  async #csrf(visit: LoginFetch, { csrf: given }: LoginResult): Promise<string | undefined> {
    const { csrf } = this.#settings;
    if (given !== undefined) return checkToken(given);
    if (csrf === undefined) return undefined;
    if (csrf.page !== undefined) {
      const page = resolveUrl(csrf.page, this.origin, '`csrf.page`');
      await fetchResponse(visit.fetch, page, { headers: { accept: 'text/html,application/json,*/*' } });
    }
    if ('cookie' in csrf.from) return undefined;
    const responses = visit.responses.filter(({ url }) => new URL(url).origin === this.origin);
    const token = responses.map(answer => findToken(answer, csrf)).findLast(one => one !== undefined);
    if (token !== undefined) return checkToken(token);
    const last = visit.responses.at(-1);
    const where = last === undefined ? this.origin : printableUrl(new URL(last.url));
    throw new CredentialError(
      `The login to ${this.origin} showed no CSRF token as \`csrf.from\` describes it; the last answer came from ` +
        `${where} (status ${last?.status}). Give \`csrf.page\`, where one is shown.`,
      { terminal: true },
    );
  }
}

/** What a login throws by itself is its verdict: with the same account it is not tried again. */
function toLoginError(thrown: unknown): unknown {
  if (CrewError.isInstance(thrown)) return thrown;
  const said = quoteError(thrown, 'it threw no Error');
  return new CredentialError(`The login failed: ${said}`, { terminal: true });
}
