import { CredentialError } from '@crew/core';
import type { CsrfOptions } from './csrf/csrf.ts';
import type { LiveSession } from './live-session.ts';
import { shownUrl } from './resolve-url.ts';

/**
 * What a session lacks for requests to that URL: a cookie, or the CSRF token. `undefined` when it has both. Not
 * terminal: a server under maintenance may answer a login with a page, and log in well a minute later.
 */
export function lackOf(session: LiveSession, url: string, csrf: CsrfOptions | undefined): CredentialError | undefined {
  if (session.cookieHeader(url) === '') return withoutCookie(url);
  return csrf === undefined || session.csrfToken(csrf, url) ? undefined : withoutToken(url);
}

function withoutCookie(url: string): CredentialError {
  return new CredentialError(
    `The login succeeded, but set no cookie that belongs to ${shownUrl(new URL(url))}. Is it the right login? ` +
      'Cookies for another host or path, Secure ones over plain http, and ones that have expired by the clock of this ' +
      'machine are not sent.',
  );
}

function withoutToken(url: string): CredentialError {
  return new CredentialError(
    `There is no CSRF cookie for ${shownUrl(new URL(url))}, as \`csrf.from\` describes it. If a page sets it, give ` +
      '`csrf.page`.',
  );
}
