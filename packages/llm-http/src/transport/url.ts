import { ConfigurationError, excerpt } from '@crew/core';
import { showName } from '../errors/show-name.ts';

/**
 * The endpoint's URL, checked.
 *
 * @throws {ConfigurationError} which never repeats the query or user info of the URL.
 */
export function checkEndpoint(endpoint: unknown, allowInsecureHttp: boolean): URL {
  if (typeof endpoint !== 'string' && !(endpoint instanceof URL)) {
    throw new ConfigurationError('endpoint must be the full URL to post to, as a string or a URL.');
  }
  const url = URL.parse(String(endpoint));
  if (url === null) {
    throw new ConfigurationError('endpoint is no absolute URL, such as https://api.example.com/v1/chat/completions.');
  }
  checkScheme(url, allowInsecureHttp, 'endpoint');
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError('endpoint has a user or password in it. Give credentials as `auth`.');
  }
  if (url.hash !== '') throw new ConfigurationError('endpoint has a fragment (#...), which is never sent. Remove it.');
  return url;
}

/**
 * Lets `https:` pass, and `http:` to this machine: a credential must not cross a network in the clear.
 *
 * @throws {ConfigurationError}
 */
export function checkScheme(url: URL, allowInsecureHttp: boolean, what: string): void {
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:')
    throw new ConfigurationError(`${what} must be an https: URL; it is ${showName(url.protocol)}`);
  if (allowInsecureHttp || isLoopback(url.hostname)) return;
  throw new ConfigurationError(
    `${what} would send credentials unencrypted: http: is allowed to localhost, 127.0.0.1 and [::1] only. Use https:, or ` +
      'set allowInsecureHttp when the network itself is protected.',
  );
}

/** Only literal loopback addresses and the reserved name (RFC 6761, section 6.3); the URL parser has normalised them. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Most characters of a URL in a message: a server may have made it, as the target of a form or of a challenge. */
const LONGEST_SHOWN = 300;

/** Who a URL asks, for errors: origin and path, never the query. */
export function describeUrl(url: URL): string {
  return excerpt(url.origin + url.pathname, LONGEST_SHOWN);
}
