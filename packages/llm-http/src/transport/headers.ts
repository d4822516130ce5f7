import { ConfigurationError } from '@crew/core';
import { showName } from '../errors/show-name.ts';

/** The header fields of a response by lower-case name; a list where the server sent the field several times. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>;

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

const NOT_VISIBLE = /[^\x20-\x7e]/;

/**
 * Checks that a credential can be sent in a header as it is: visible ASCII, with spaces only inside (RFC 9110, section
 * 5.5; RFC 6750, section 2.1, allows even less).
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export function checkCredentialText(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw new ConfigurationError(`${what} must be a string.`);
  if (value === '') throw new ConfigurationError(`${what} is empty.`);
  if (/[\r\n]$/.test(value)) {
    throw new ConfigurationError(
      `${what} ends with a line break. Remove it, or read the value with fromFile or fromEnv, which do.`,
    );
  }
  const position = value.search(NOT_VISIBLE);
  if (position !== -1) {
    throw new ConfigurationError(
      `${what} has a character that is not visible ASCII (at position ${position + 1} of ${value.length}). Was it ` +
        'copied whole, and is it the right value?',
    );
  }
  if (value.startsWith(' ') || value.endsWith(' ')) {
    throw new ConfigurationError(`${what} begins or ends with a space. Remove it.`);
  }
}
