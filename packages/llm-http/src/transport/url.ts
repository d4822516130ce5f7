import { ConfigurationError, excerpt } from '@crew/core';
import { showName } from '../errors/show-name.ts';

/**
 * Validates the `endpoint` option and returns its URL.
 *
 * @throws {ConfigurationError} which never quotes the query or the user info of the URL.
 */
export function checkEndpoint(endpoint: unknown, allowInsecureHttp: boolean): URL {
  if (typeof endpoint !== 'string' && !(endpoint instanceof URL)) {
    throw new ConfigurationError('endpoint must be the full URL of the endpoint, as a string or a URL.');
  }
  const url = URL.parse(String(endpoint));
  if (url === null) {
    throw new ConfigurationError(
      'endpoint must be an absolute URL, such as https://api.example.com/v1/chat/completions.',
    );
  }
  checkScheme(url, allowInsecureHttp, 'endpoint');
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError('endpoint contains a user or password. Pass credentials as `auth`.');
  }
  if (url.hash !== '')
    throw new ConfigurationError('endpoint contains a fragment (#...), which is never sent. Remove it.');
  return url;
}

/**
 * Checks that a URL is `https:`, or `http:` to this machine: credentials must not cross a network unencrypted.
 *
 * @throws {ConfigurationError} for any other URL.
 */
export function checkScheme(url: URL, allowInsecureHttp: boolean, what: string): void {
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:')
    throw new ConfigurationError(`${what} must be an https: URL, not ${showName(url.protocol)}`);
  if (allowInsecureHttp || isLoopback(url.hostname)) return;
  throw new ConfigurationError(
    `${what} would send credentials unencrypted: http: is allowed to localhost, 127.0.0.1 and [::1] only. Use https:, or ` +
      'set allowInsecureHttp when the network itself is protected.',
  );
}

/** Returns true for loopback addresses and the reserved name (RFC 6761, section 6.3), as normalised by the URL parser. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Maximum length of a URL in a message, in characters. A server may have sent it, as the target of a form or a challenge. */
const LONGEST_SHOWN = 300;

/** Returns origin and path of a URL for errors, without the query. */
export function describeUrl(url: URL): string {
  return excerpt(url.origin + url.pathname, LONGEST_SHOWN);
}
