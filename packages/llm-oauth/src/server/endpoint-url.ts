import { ConfigurationError, excerpt } from '@crew/core';
import { showName } from '@crew/llm-http/adapter';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Checks the URL of an endpoint that credentials are sent to: absolute, `https:` (RFC 6749, section 3.2; `http:` to
 * loopback only), without user information and fragment.
 *
 * @throws {ConfigurationError} naming `what`.
 */
export function endpointUrl(value: unknown, what: string): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined) throw new ConfigurationError(`${what} must be an absolute URL.`);
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError(`${what} must not contain a user name or a password.`);
  }
  if (value !== undefined && String(value).includes('#')) {
    throw new ConfigurationError(`${what} must not have a fragment.`);
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new ConfigurationError(
    `${what} must begin with https: (it begins with ${excerpt(url.protocol, 20)}). Credentials are sent to it; plain http: is for ` +
      'loopback addresses alone.',
  );
}

/** Whether the URL names this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/**
 * An issuer identifier, exactly as it was given (RFC 8414, section 2: https, no query, no fragment).
 *
 * @throws {ConfigurationError} naming `what`.
 */
export function checkIssuer(value: unknown, what: string): string {
  const url = endpointUrl(value, what);
  if (url.search !== '' || String(value).includes('?')) throw new ConfigurationError(`${what} must not have a query.`);
  return String(value);
}

/** Returns what an error may show of a URL: its origin and path, never its query, and no folder that looks like a secret. */
export function shownUrl(url: URL): string {
  return excerpt(showName(url.origin + url.pathname));
}
