import { randomUUID } from 'node:crypto';
import { type Clock, CredentialError } from '@crew/core';
import { type CsrfOptions, percentDecode } from './csrf.ts';
import type { SessionCookies } from './session-cookies.ts';
import { printableUrl, stripQuery } from './url.ts';

/** More URLs than these are not remembered. */
const MAX_URLS = 100;

/** What one login gave, and what became of it since. */
export class SessionState {
  readonly id: string;
  readonly cookies: SessionCookies;
  /** When the login was made, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the login said that it ends, in milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** The CSRF token, unless it is in a cookie. */
  csrf: string | undefined;
  /** By the monotonic clock. */
  lastUsed: number;
  /** Whether the server has accepted it at least once. */
  isAccepted = false;
  /** The URLs, without queries, that requests were sent to with it. */
  readonly #sentUrls = new Set<string>();

  constructor(
    clock: Clock,
    facts: {
      readonly cookies: SessionCookies;
      readonly csrf: string | undefined;
      readonly expiresAt: number | undefined;
      readonly id?: string;
      readonly startedAt?: number;
    },
  ) {
    this.id = facts.id ?? randomUUID();
    this.cookies = facts.cookies;
    this.csrf = facts.csrf;
    this.startedAt = facts.startedAt ?? clock.wall();
    this.expiresAt = facts.expiresAt;
    this.lastUsed = clock.monotonic();
  }

  /** The `cookie` header for that URL; empty when the login gave no cookie that belongs there. */
  cookieHeader(url: string): string {
    return this.cookies.header(url);
  }

  /** Notes, by the monotonic clock, that a request to that URL was sent with it: it had all that is optionsByLogin there. */
  used(url: string, now: number): void {
    this.lastUsed = now;
    const asked = stripQuery(url);
    if (this.#sentUrls.has(asked)) return;
    this.#sentUrls.add(asked);
    const [oldest] = this.#sentUrls;
    if (this.#sentUrls.size > MAX_URLS && oldest !== undefined) this.#sentUrls.delete(oldest);
  }

  /**
   * Returns the error for the cookie or CSRF token that a request to the URL needs and that is missing, or `undefined`. Not
   * terminal: a server under maintenance may respond to a login with a page, and accept logins again a minute later.
   */
  missingCredential(url: string, csrf: CsrfOptions | undefined): CredentialError | undefined {
    if (this.cookieHeader(url) === '') return missingCookie(url);
    return csrf === undefined || this.csrfToken(csrf, url) ? undefined : missingToken(url);
  }

  /** Returns true if a request to the URL was complete before, and its cookies have since expired or were removed. */
  isExpiredFor(url: string, csrf: CsrfOptions | undefined): boolean {
    return this.#sentUrls.has(stripQuery(url)) && this.missingCredential(url, csrf) !== undefined;
  }

  /** The CSRF token for a request to that URL. */
  csrfToken(csrf: CsrfOptions | undefined, url: string): string | undefined {
    if (csrf === undefined || this.csrf !== undefined || !('cookie' in csrf.from)) return this.csrf;
    const value = this.cookies.value(csrf.from.cookie, url);
    return value && percentDecode(value);
  }
}

function missingCookie(url: string): CredentialError {
  return new CredentialError(
    `The login succeeded, but set no cookie that belongs to ${printableUrl(new URL(url))}. Is it the right login? ` +
      'Cookies for another host or path, Secure ones over plain http, and ones that have expired by the clock of this ' +
      'machine are not sent.',
  );
}

function missingToken(url: string): CredentialError {
  return new CredentialError(
    `There is no CSRF cookie for ${printableUrl(new URL(url))}, as \`csrf.from\` describes it. If a page sets it, give ` +
      '`csrf.page`.',
  );
}
