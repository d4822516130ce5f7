import { type Clock, ConfigurationError, copyOptions, systemClock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { checkClock, type Refusal } from '@crew/llm-http/adapter';
import { type CsrfOptions, checkCsrfOptions } from './csrf.ts';
import { type Login, requiredOptions, secretReader } from './login/login.ts';
import type { SessionStore } from './store/session-store.ts';
import { checkUrl } from './url.ts';

/**
 * The context of a `logout` function.
 *
 * @example
 * ```ts no-run
 * import { jsonLogin, type LogoutContext, SessionLLM } from '@crew/llm-session';
 *
 * // This gateway ends a session with DELETE instead of POST.
 * const logout = async ({ fetch, csrf, signal }: LogoutContext): Promise<void> => {
 *   await fetch('/api/session', { method: 'DELETE', headers: { 'x-csrf-token': csrf ?? '' }, signal });
 * };
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: jsonLogin({ url: '/api/login' }),
 *   username: 'ada',
 *   password: 'secret',
 *   logout,
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export interface LogoutContext {
  /** Scheme, host and port of the LLM's endpoint. */
  readonly origin: string;
  /** A `fetch` like that of a login, with the cookies of the session. */
  readonly fetch: typeof fetch;
  /** The CSRF token of the session, if it has one. */
  readonly csrf: string | undefined;
  /** Aborted after 5 seconds. */
  readonly signal: AbortSignal;
}

/** Options of `session`. */
export interface SessionOptions {
  /** The login procedure: `formLogin({ page })`, `jsonLogin({ url })`, or your own function. */
  readonly login: Login;
  /** The user name. It is read for each login. */
  readonly username?: Secret | undefined;
  /** The password. It is read for each login. Unlike other secrets, it may contain any character. */
  readonly password?: Secret | undefined;
  /** Returns the code of the second factor, such as `totp(secret)`. Called only if a login asks for it. */
  readonly otp?: ((context: { readonly signal: AbortSignal }) => string | Promise<string>) | undefined;
  /** Source and destination of the CSRF token. Default: none is sent. */
  readonly csrf?: CsrfOptions | undefined;
  /**
   * Logout on `close()`: a URL or path that receives a POST with the CSRF header, or a function. It is limited to 5 seconds,
   * and a failure does not stop `close()`. Default: no logout; the session expires on the server.
   */
  readonly logout?: string | URL | ((context: LogoutContext) => Promise<void>) | undefined;
  /**
   * Returns true if a response, other than a 401, shows that the session ended. Default: true for the statuses 403, 419 and
   * 440, the redirects 302, 303 and 307, and any HTML page with a 2xx status, none of which a chat endpoint returns otherwise.
   */
  readonly expired?: ((response: Refusal) => boolean) | undefined;
  /** Time without a call after which the server ends the session, in milliseconds. Default: unknown. */
  readonly idleTimeout?: number | undefined;
  /** Time after the login at which the session ends, in milliseconds. It is renewed slightly earlier. Default: unknown. */
  readonly lifetime?: number | undefined;
  /**
   * Origins besides the endpoint's that the login may send requests to. They are trusted with the password, and share the
   * session's cookies as far as the domains of the cookies allow.
   */
  readonly origins?: readonly (string | URL)[] | undefined;
  /** Storage that preserves the session across restarts, such as `fileSessionStore(path)`. Default: none. */
  readonly store?: SessionStore | undefined;
  /** Maximum duration of one login, in milliseconds. Default 60,000, because a login may have to wait for a one-time code. */
  readonly deadline?: number | undefined;
  /** Name of the authenticator in errors and events. Default `session`. */
  readonly name?: string | undefined;
  /** Source of the time. Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
}

const OPTIONS: Readonly<Record<keyof SessionOptions, true>> = {
  login: true,
  username: true,
  password: true,
  otp: true,
  csrf: true,
  logout: true,
  expired: true,
  idleTimeout: true,
  lifetime: true,
  origins: true,
  store: true,
  deadline: true,
  name: true,
  clock: true,
};

/** Names of all session options. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** Checked options with their defaults. */
export interface SessionSettings extends Omit<SessionOptions, 'origins' | 'username' | 'password'> {
  readonly username: ((signal: AbortSignal) => Promise<string>) | undefined;
  readonly password: ((signal: AbortSignal) => Promise<string>) | undefined;
  readonly origins: ReadonlySet<string>;
  readonly deadline: number;
  readonly name: string;
  readonly clock: Clock;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export function checkOptions(options: SessionOptions): SessionSettings {
  checkOptionsObject(options);
  const copy = copyOptions(options, OPTION_NAMES);
  const { login, username, password, otp, csrf, logout, expired, store } = copy;
  const { name = 'session', clock = systemClock } = copy;
  if (typeof login !== 'function') {
    throw new ConfigurationError(
      'A session requires `login`. Pass formLogin({ page }), jsonLogin({ url }), or a function.',
    );
  }
  if (typeof name !== 'string' || name === '') {
    throw new ConfigurationError("The session's `name` must be a string that is not empty.");
  }
  for (const [option, value] of Object.entries({ otp, expired })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new ConfigurationError(`The session's \`${option}\` must be a function.`);
    }
  }
  for (const method of ['load', 'save', 'remove'] as const) {
    if (store === undefined || typeof store?.[method] === 'function') continue;
    throw new ConfigurationError(
      "The session's `store` must have the methods `load`, `save` and `remove`. fileSessionStore(path) creates such a store.",
    );
  }
  checkClock(clock);
  for (const option of requiredOptions(login)) {
    if (copy[option] !== undefined) continue;
    throw new ConfigurationError(
      `The session's login requires \`${option}\`. Set it; if it comes from the environment, check the variable.`,
    );
  }
  return {
    ...copy,
    csrf: csrf === undefined ? undefined : checkCsrfOptions(csrf),
    logout: logout === undefined || typeof logout === 'function' ? logout : checkUrl(logout, "The session's `logout`"),
    username: username === undefined ? undefined : secretReader(username, "The session's `username`"),
    password: password === undefined ? undefined : secretReader(password, "The session's `password`"),
    origins: checkOrigins(copy.origins),
    idleTimeout: checkDuration(copy.idleTimeout, 'idleTimeout'),
    lifetime: checkDuration(copy.lifetime, 'lifetime'),
    deadline: checkDuration(copy.deadline, 'deadline') ?? 60_000,
    clock,
    name,
  };
}

/** @throws {ConfigurationError} if the options are not an object. */
export function checkOptionsObject(options: unknown): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new ConfigurationError('A session requires an object of options, such as { login, username, password }.');
}

function checkOrigins(origins: unknown = []): ReadonlySet<string> {
  if (!Array.isArray(origins)) throw invalidOrigins();
  return new Set(origins.map(checkOrigin));
}

function checkOrigin(url: unknown): string {
  const parsed = typeof url === 'string' || url instanceof URL ? URL.parse(String(url)) : null;
  if (parsed === null || parsed.origin === 'null') throw invalidOrigins();
  return parsed.origin;
}

function invalidOrigins(): ConfigurationError {
  return new ConfigurationError("The session's `origins` must be a list of URLs such as https://login.example.com.");
}

function checkDuration(value: number | undefined, option: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && value > 0)) return value;
  throw new ConfigurationError(`The session's \`${option}\` must be a positive number of milliseconds.`);
}
