import { ConfigurationError, copyOptions } from '@crew/core';
import { checkCredentialText, checkHeaderName, checkOptionNames } from '@crew/llm-http/adapter';
import { isHtml, parsePage } from './login/html-form.ts';
import { parseObject } from './login/json-login.ts';
import type { LoginResponse } from './login/login.ts';
import { checkUrl } from './url.ts';

/** Where the server gives its CSRF token, and where it wants it back. */
export interface CsrfOptions {
  /**
   * Where the token is found:
   * - `cookie`: in the cookie of that name, as it is at each request (percent-decoded);
   * - `header`: in that header of the login's answer, and of every later answer that has it;
   * - `json`: in the JSON of the login's answer, by member name or by the path of names to it;
   * - `field`: in the hidden form field, or the `meta` element, of that name, in HTML that the login was shown.
   *
   * Where several responses of the login hold one, the last counts.
   */
  readonly from:
    | { readonly cookie: string }
    | { readonly header: string }
    | { readonly json: string | readonly string[] }
    | { readonly field: string };
  /** The header of the LLM's requests that takes the token. Default `x-csrf-token`. */
  readonly header?: string | undefined;
  /** Fetched (GET) after the login, where the login itself shows no token: a URL, or a path on the endpoint's origin. */
  readonly page?: string | URL | undefined;
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110, section 9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a request with this method can change something, and so needs the token. */
export function isUnsafeMethod(method: string): boolean {
  return !SAFE_METHODS.has(method.toUpperCase());
}

/**
 * The option, as nobody can change it.
 *
 * @throws {ConfigurationError} when a part is missing or wrong.
 */
export function checkCsrfOptions(given: CsrfOptions): CsrfOptions {
  const csrf = copyOptions(given);
  const from: unknown = csrf?.from;
  const [source, ...others] = typeof from === 'object' && from !== null ? Object.entries(from) : [];
  const [kind, name] = source ?? [];
  const isNamed = [name].flat().every(part => typeof part === 'string' && part !== '') && [name].flat().length > 0;
  const isKnown = kind === 'cookie' || kind === 'header' || kind === 'json' || kind === 'field';
  const isHeader = kind !== 'header' || (typeof name === 'string' && TOKEN.test(name));
  if (!isKnown || others.length > 0 || !isNamed || !isHeader || (kind !== 'json' && Array.isArray(name))) {
    throw new ConfigurationError(
      'csrf.from must say where the token is: { cookie }, { header }, { json } or { field }, with its name.',
    );
  }
  checkOptionNames(csrf, ['from', 'header', 'page'], 'csrf');
  const header = checkHeaderName(csrf.header ?? 'x-csrf-token', 'csrf.header');
  const page = csrf.page === undefined ? undefined : checkUrl(csrf.page, '`csrf.page`');
  return { from: copyOptions(structuredClone(csrf.from)), header, page };
}

/** The token in an answer. `undefined` when there is none, or it belongs to a cookie. */
export function findToken(answer: LoginResponse, { from }: CsrfOptions): string | undefined {
  if ('header' in from) return answer.headers.get(from.header) ?? undefined;
  if ('field' in from) return (isHtml(answer) && parsePage(answer.text).hiddenValue(from.field)) || undefined;
  if (!('json' in from)) return undefined;
  let value: unknown = parseObject(answer.text);
  for (const name of [from.json].flat()) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value of a cookie, as the server meant it. */
export function percentDecode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Longest CSRF token, in characters. */
const MAX_TOKEN_LENGTH = 16_384;

/** @throws {ConfigurationError} for a token that no header can hold; never with the token. */
export function checkToken(token: string): string {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new ConfigurationError(`The CSRF token is longer than ${MAX_TOKEN_LENGTH} characters.`);
  }
  checkCredentialText(token, 'The CSRF token');
  return token;
}

/** Returns true for a token that a header can hold. */
export function isValidToken(token: string): boolean {
  try {
    return checkToken(token) === token;
  } catch {
    return false;
  }
}
