import { randomUUID } from 'node:crypto';
import { type Clock, CredentialError } from '@crew/core';
import { type CsrfOptions, percentDecode } from './csrf.ts';
import type { SessionCookies } from './session-cookies.ts';
import { printableUrl, stripQuery } from './url.ts';

/** Maximum number of URLs that are remembered for one session. */
const MAX_URLS = 100;

/** State of one login: its cookies, its CSRF token, and its use so far. */
export class SessionState {
  readonly id: string;
  readonly cookies: SessionCookies;
  /** Time of the login, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Expiry that the login reported, in milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** The CSRF token, unless it is in a cookie. */
  csrf: string | undefined;
  /** Time of the latest request, by the monotonic clock. */
  lastUsed: number;
  /** True once the server has accepted a request of this session. */
  isAccepted = false;
  /** URLs without query to which requests of this session were sent. */
  readonly #sentUrls = new Set<string>();

  constructor(
    clock: Clock,
    fields: {
      readonly cookies: SessionCookies;
      readonly csrf: string | undefined;
      readonly expiresAt: number | undefined;
      readonly id?: string;
      readonly startedAt?: number;
    },
  ) {
    this.id = fields.id ?? randomUUID();
    this.cookies = fields.cookies;
    this.csrf = fields.csrf;
    this.startedAt = fields.startedAt ?? clock.wall();
    this.expiresAt = fields.expiresAt;
    this.lastUsed = clock.monotonic();
  }

  /** Returns the `cookie` header for a URL; an empty string if no cookie matches. */
  cookieHeader(url: string): string {
    return this.cookies.header(url);
  }

  /** Returns the CSRF token for a request to the URL. */
  csrfToken(csrf: CsrfOptions | undefined, url: string): string | undefined {
    if (csrf === undefined || this.csrf !== undefined || !('cookie' in csrf.from)) return this.csrf;
    const value = this.cookies.value(csrf.from.cookie, url);
    return value && percentDecode(value);
  }

  /** Records that a complete request to the URL is sent at `now`, by the monotonic clock. */
  onSent(url: string, now: number): void {
    this.lastUsed = now;
    const key = stripQuery(url);
    if (this.#sentUrls.has(key)) return;
    this.#sentUrls.add(key);
    const [oldest] = this.#sentUrls;
    if (this.#sentUrls.size > MAX_URLS && oldest !== undefined) this.#sentUrls.delete(oldest);
  }

  /**
   * Returns the error for the cookie or CSRF token that a request to the URL needs and that is missing, or `undefined`. Not
   * terminal: a server under maintenance may respond to a login with a page, and accept logins a minute later.
   */
  missingCredential(url: string, csrf: CsrfOptions | undefined): CredentialError | undefined {
    if (this.cookieHeader(url) === '') return missingCookieError(url);
    return csrf === undefined || this.csrfToken(csrf, url) ? undefined : missingTokenError(url);
  }

  /** Returns true if requests to the URL were complete before, and a cookie has since expired or was removed. */
  isExpiredFor(url: string, csrf: CsrfOptions | undefined): boolean {
    return this.#sentUrls.has(stripQuery(url)) && this.missingCredential(url, csrf) !== undefined;
  }
}

function missingCookieError(url: string): CredentialError {
  return new CredentialError(
    `The login succeeded, but set no cookie that belongs to ${printableUrl(new URL(url))}. Check the \`login\` option. ` +
      'Cookies for another host or path, Secure cookies over plain http, and cookies that have expired by the clock of this ' +
      'machine are not sent.',
  );
}

function missingTokenError(url: string): CredentialError {
  return new CredentialError(
    `There is no CSRF cookie for ${printableUrl(new URL(url))} with the name in \`csrf.from\`. Check the name. If a page ` +
      'sets the cookie, set `csrf.page` to that page.',
  );
}
