import { ConfigurationError, copyOptions } from '@crew/core';
import { checkCredentialText, checkHeaderName, checkOptionNames } from '@crew/llm-http/adapter';
import { isHtml, parsePage } from './login/html-form.ts';
import { parseObject } from './login/json-login.ts';
import type { LoginResponse } from './login/login.ts';
import { checkUrl } from './url.ts';

/**
 * Source of the server's CSRF token, and the header that sends it back.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, SessionLLM } from '@crew/llm-session';
 *
 * // Laravel: the token is in a cookie that a page sets, and is expected in the header X-XSRF-TOKEN.
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   csrf: { from: { cookie: 'XSRF-TOKEN' }, header: 'x-xsrf-token', page: '/sanctum/csrf-cookie' },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export interface CsrfOptions {
  /**
   * Source of the token:
   * - `cookie`: the current value of the cookie of that name, percent-decoded;
   * - `header`: the header of that name in a response of the login, and in every later response that has it;
   * - `json`: a member of the JSON in a response of the login, by its name or by the path of names to it;
   * - `field`: the hidden form field, or the `meta` element, of that name in an HTML page of the login.
   *
   * If several responses of the login contain a token, the last one is used.
   */
  readonly from:
    | { readonly cookie: string }
    | { readonly header: string }
    | { readonly json: string | readonly string[] }
    | { readonly field: string };
  /** Header of the LLM's requests that carries the token. Default `x-csrf-token`. */
  readonly header?: string | undefined;
  /** Page that is fetched (GET) after a login that shows no token: a URL, or a path on the endpoint's origin. */
  readonly page?: string | URL | undefined;
}

/** Characters of a header name (RFC 9110, section 5.6.2). */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Methods that change nothing on the server (RFC 9110, section 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Returns true if a request with this method can change something on the server, and therefore requires the token. */
export function isUnsafeMethod(method: string): boolean {
  return !SAFE_METHODS.has(method.toUpperCase());
}

/**
 * Checks the `csrf` option and returns a copy.
 *
 * @throws {ConfigurationError} if a part is missing or invalid.
 */
export function checkCsrfOptions(options: CsrfOptions): CsrfOptions {
  const csrf = copyOptions(options);
  const from: unknown = csrf?.from;
  const [source, ...others] = typeof from === 'object' && from !== null ? Object.entries(from) : [];
  const [kind, name] = source ?? [];
  const isNamed = [name].flat().every(part => typeof part === 'string' && part !== '') && [name].flat().length > 0;
  const isKnown = kind === 'cookie' || kind === 'header' || kind === 'json' || kind === 'field';
  const isHeader = kind !== 'header' || (typeof name === 'string' && HEADER_NAME.test(name));
  if (!isKnown || others.length > 0 || !isNamed || !isHeader || (kind !== 'json' && Array.isArray(name))) {
    throw new ConfigurationError(
      'csrf.from must be the source of the token: { cookie }, { header }, { json } or { field }, with its name.',
    );
  }
  checkOptionNames(csrf, ['from', 'header', 'page'], 'csrf');
  const header = checkHeaderName(csrf.header ?? 'x-csrf-token', 'csrf.header');
  const page = csrf.page === undefined ? undefined : checkUrl(csrf.page, '`csrf.page`');
  return { from: copyOptions(structuredClone(csrf.from)), header, page };
}

/** Returns the token in a response of the login, or `undefined` if there is none or the token is in a cookie. */
export function findToken(response: LoginResponse, { from }: CsrfOptions): string | undefined {
  if ('header' in from) return response.headers.get(from.header) ?? undefined;
  if ('field' in from) return (isHtml(response) && parsePage(response.text).hiddenValue(from.field)) || undefined;
  if (!('json' in from)) return undefined;
  let value: unknown = parseObject(response.text);
  for (const name of [from.json].flat()) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns the percent-decoded value of a cookie, or the value itself if it cannot be decoded. */
export function percentDecode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Maximum length of a CSRF token, in characters. */
const MAX_TOKEN_LENGTH = 16_384;

/**
 * Checks that a header can carry the token, and returns it.
 *
 * @throws {ConfigurationError} for any other token, without quoting it.
 */
export function checkToken(token: string): string {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new ConfigurationError(`The CSRF token is longer than ${MAX_TOKEN_LENGTH} characters.`);
  }
  checkCredentialText(token, 'The CSRF token');
  return token;
}

/** Returns true if a header can carry the token. */
export function isValidToken(token: string): boolean {
  try {
    return checkToken(token) === token;
  } catch {
    return false;
  }
}
