import { createHash } from 'node:crypto';
import { CredentialError, CrewError, copyOptions } from '@crew/core';
import { quoteError, type TransportFetch } from '@crew/llm-http/adapter';
import { checkToken, findToken } from '../csrf.ts';
import { SessionCookies } from '../session-cookies.ts';
import type { SessionSettings } from '../session-options.ts';
import { SessionState } from '../session-state.ts';
import { printableUrl, resolveUrl } from '../url.ts';
import type { LoginResult } from './login.ts';
import { sanitiseLoginError } from './login-failure.ts';
import { fetchResponse, LoginFetch } from './login-fetch.ts';

/** Maximum duration of a logout, in milliseconds. */
const LOGOUT_TIMEOUT = 5_000;

/** The account that logs in. */
export interface Account {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Hash of user name and password, which changes with either. */
  readonly fingerprint: string;
}

/** Client of one origin that logs in and out. */
export class LoginClient {
  readonly origin: string;
  readonly #settings: SessionSettings;
  readonly #send: TransportFetch;

  constructor(settings: SessionSettings, origin: string, send: TransportFetch) {
    this.#settings = settings;
    this.origin = origin;
    this.#send = send;
  }

  /** Reads the user name and the password from their sources. */
  async readAccount(signal: AbortSignal): Promise<Account> {
    const username = await this.#settings.username?.(signal);
    const password = await this.#settings.password?.(signal);
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([username, password]))
      .digest('base64');
    return { username, password, fingerprint };
  }

  /**
   * Logs in, and returns the new session.
   *
   * @throws {CrewError} if the login fails, without any secret in the error.
   */
  async logIn({ username, password }: Account, signal: AbortSignal): Promise<SessionState> {
    const { clock } = this.#settings;
    const cookies = new SessionCookies(clock);
    const requests = this.#createFetch(cookies, signal);
    const codes: string[] = [];
    try {
      const { login } = this.#settings;
      const otp = this.#otp(signal, codes);
      const context = { origin: this.origin, username, password, otp, fetch: requests.fetch, signal, clock };
      const result = copyOptions((await login(context)) ?? {}, ['csrf', 'expiresAt']);
      const csrf = await this.#findCsrfToken(requests, result);
      return new SessionState(clock, { cookies, csrf, expiresAt: result.expiresAt });
    } catch (thrown) {
      throw sanitiseLoginError(toLoginError(thrown), [password, ...codes, ...cookies.secrets]);
    }
  }

  /**
   * Logs out, and ignores a failure: the session is discarded in any case, after at most 5 seconds, even if a `logout`
   * function ignores its signal.
   */
  async logOut(session: SessionState): Promise<void> {
    const timer = new AbortController();
    const deadline = new AbortController();
    const late = this.#settings.clock.sleep(LOGOUT_TIMEOUT, timer.signal).then(
      () => deadline.abort(),
      () => undefined,
    );
    // After a failed logout the session expires on the server.
    const done = this.#sendLogout(session, deadline.signal).catch(() => undefined);
    await Promise.race([done, late]);
    timer.abort();
  }

  async #sendLogout(session: SessionState, signal: AbortSignal): Promise<void> {
    const { logout } = this.#settings;
    const { fetch } = this.#createFetch(session.cookies, signal);
    const csrf = session.csrfToken(this.#settings.csrf, this.origin);
    if (typeof logout === 'function') await logout({ origin: this.origin, fetch, csrf, signal });
    else if (logout !== undefined) await this.#postLogout(fetch, resolveUrl(logout, this.origin, '`logout`'), csrf);
  }

  async #postLogout(send: typeof fetch, url: URL, csrf: string | undefined): Promise<void> {
    const { header = 'x-csrf-token' } = this.#settings.csrf ?? {};
    // The token is only sent to the origin that issued it.
    const token = csrf !== undefined && url.origin === this.origin ? { [header]: csrf } : {};
    await fetchResponse(send, url, { method: 'POST', headers: { origin: url.origin, ...token } });
  }

  #createFetch(cookies: SessionCookies, signal: AbortSignal): LoginFetch {
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
          throw new CredentialError("The session's `otp` function returned no code. Return it as a string.", {
            terminal: true,
          });
        }
        codes.push(code);
        return code;
      })
    );
  }

  async #findCsrfToken(requests: LoginFetch, result: LoginResult): Promise<string | undefined> {
    const { csrf } = this.#settings;
    if (result.csrf !== undefined) return checkToken(result.csrf);
    if (csrf === undefined) return undefined;
    if (csrf.page !== undefined) {
      const page = resolveUrl(csrf.page, this.origin, '`csrf.page`');
      await fetchResponse(requests.fetch, page, { headers: { accept: 'text/html,application/json,*/*' } });
    }
    if ('cookie' in csrf.from) return undefined;
    const responses = requests.responses.filter(({ url }) => new URL(url).origin === this.origin);
    const token = responses.map(response => findToken(response, csrf)).findLast(found => found !== undefined);
    if (token !== undefined) return checkToken(token);
    const last = requests.responses.at(-1);
    const lastUrl = last === undefined ? this.origin : printableUrl(new URL(last.url));
    throw new CredentialError(
      `The login to ${this.origin} showed no CSRF token as described by \`csrf.from\`; the last response came from ` +
        `${lastUrl} (status ${last?.status}). Set \`csrf.page\` to a page that shows one.`,
      { terminal: true },
    );
  }
}

/** Converts the exception of a custom login into a terminal error, so that the login is not repeated with the same account. */
function toLoginError(thrown: unknown): unknown {
  if (CrewError.isInstance(thrown)) return thrown;
  const message = quoteError(thrown, 'the login function threw a value that is not an Error');
  return new CredentialError(`The login failed: ${message}`, { terminal: true });
}
