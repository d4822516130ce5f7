import { ConfigurationError } from '@crew/core';
import { checkCredentialText } from './secret/credential-text.ts';
import { showName } from './show-name.ts';

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Headers that belong to the transport, or to one connection (RFC 9110, section 7.6.1). */
const TRANSPORT: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that are an authenticator's to set. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/**
 * The name in lower case.
 *
 * @throws {ConfigurationError} when it is no token, or not the user's or an authenticator's to set.
 */
export function checkHeaderName(name: unknown, what: string): string {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new ConfigurationError(`${what} has a header name that HTTP does not allow.`);
  }
  const lower = name.toLowerCase();
  if (TRANSPORT.has(lower)) throw new ConfigurationError(`${what} may not set ${lower}: the transport does.`);
  if (lower === '__proto__') throw new ConfigurationError(`${what} may not set a header called __proto__.`);
  return lower;
}

/** The `headers` option by lower-case name, checked. */
export function checkHeaders(headers: unknown): Readonly<Record<string, string>> {
  const checked: Record<string, string> = Object.create(null);
  if (headers === undefined) return checked;
  // `Headers` and `Map` have no names and values of their own: they would send nothing.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    throw new ConfigurationError('headers must be a plain object of names and values.');
  }
  for (const [name, value] of Object.entries(headers)) {
    const lower = checkHeaderName(name, 'headers');
    if (CREDENTIALS.has(lower)) {
      throw new ConfigurationError(
        `headers may not set ${lower}: give credentials as \`auth\`, which keeps them secret.`,
      );
    }
    if (lower in checked) throw new ConfigurationError(`headers sets ${showName(lower)} twice.`);
    checkCredentialText(value, `headers["${showName(name)}"]`);
    checked[lower] = value;
  }
  return checked;
}
