import { ConfigurationError } from '@crew/core';
import { showName } from '../errors/show-name.ts';

/** The header fields of a response by lower-case name; a list where the server sent the field several times. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A token (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Header fields that belong to the transport or to one connection (RFC 9110, section 7.6.1). */
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

/** Header fields that only authenticators may set. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/**
 * Validates the name of a header field and returns it in lower case.
 *
 * @throws {ConfigurationError} if it is not a token or belongs to the transport.
 */
export function checkHeaderName(name: unknown, what: string): string {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new ConfigurationError(`${what} has a header name that is not valid in HTTP.`);
  }
  const lower = name.toLowerCase();
  if (TRANSPORT.has(lower)) throw new ConfigurationError(`${what} may not set ${lower}: the transport sets it.`);
  if (lower === '__proto__') throw new ConfigurationError(`${what} may not set a header called __proto__.`);
  return lower;
}

/** Validates the `headers` option and returns the values by lower-case name. */
export function checkHeaders(headers: unknown): Readonly<Record<string, string>> {
  const checked: Record<string, string> = Object.create(null);
  if (headers === undefined) return checked;
  // `Headers` and `Map` have no own properties: nothing would be sent.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    throw new ConfigurationError('headers must be a plain object of names and values.');
  }
  for (const [name, value] of Object.entries(headers)) {
    const lower = checkHeaderName(name, 'headers');
    if (CREDENTIALS.has(lower)) {
      throw new ConfigurationError(
        `headers may not set ${lower}: pass credentials as \`auth\`, which keeps them secret.`,
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
 * Checks that a credential can be sent in a header unchanged: visible ASCII, with spaces only inside (RFC 9110, section 5.5;
 * RFC 6750, section 2.1, allows even less).
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export function checkCredentialText(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw new ConfigurationError(`${what} must be a string.`);
  if (value === '') throw new ConfigurationError(`${what} is empty.`);
  if (/[\r\n]$/.test(value)) {
    throw new ConfigurationError(
      `${what} ends with a line break. Remove it, or read the value with fromFile or fromEnv, which remove it.`,
    );
  }
  const position = value.search(NOT_VISIBLE);
  if (position !== -1) {
    throw new ConfigurationError(
      `${what} has a character that is not visible ASCII (at position ${position + 1} of ${value.length}). Check that it ` +
        'is the right value and was copied completely.',
    );
  }
  if (value.startsWith(' ') || value.endsWith(' ')) {
    throw new ConfigurationError(`${what} begins or ends with a space. Remove it.`);
  }
}
