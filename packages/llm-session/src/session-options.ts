import { type Clock, ConfigurationError, copyOptions, systemClock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { checkClock, type Refusal } from '@crew/llm-http/adapter';
import { type CsrfOptions, checkCsrfOptions } from './csrf.ts';
import { type Login, requiredOptions, secretReader } from './login/login.ts';
import type { SessionStore } from './store/session-store.ts';
import { checkUrl } from './url.ts';

/** What a logout of your own gets to work with. */
export interface LogoutContext {
  /** Scheme, host and port of the LLM's endpoint. */
  readonly origin: string;
  /** As in a login, with the session's cookies. */
  readonly fetch: typeof fetch;
  /** The session's CSRF token, where it has one. */
  readonly csrf: string | undefined;
  /** Aborted after 5 seconds. */
  readonly signal: AbortSignal;
}

/** What `session` may be given. */
export interface SessionOptions {
  /** How to log in: `formLogin({ page })`, `jsonLogin({ url })`, or a function of your own. */
  readonly login: Login;
  /** Read for each login. */
  readonly username?: Secret | undefined;
  /** Read for each login. Unlike other secrets it may hold any character. */
  readonly password?: Secret | undefined;
  /** Gives the code of the second factor, such as `totp(secret)`. Called only when a login needs it. */
  readonly otp?: ((context: { readonly signal: AbortSignal }) => string | Promise<string>) | undefined;
  /** Where the server's CSRF token is found and sent. Default: none is sent. */
  readonly csrf?: CsrfOptions | undefined;
  /**
   * Logs out on `close()`: the URL or path to POST to (with the CSRF token's header), or a function. It gets 5 seconds;
   * when it fails, closing goes on. Default: the session is left to its end.
   */
  readonly logout?: string | URL | ((context: LogoutContext) => Promise<void>) | undefined;
  /**
   * Whether a response, other than a 401, says that the session ended. Default: the statuses 403, 419 and 440, the
   * redirects 302, 303 and 307, and any HTML page with a 2xx status, because a chat endpoint has none of them to give.
   */
  readonly expired?: ((response: Refusal) => boolean) | undefined;
  /** Milliseconds without a call after which the server forgets the session. Default: not known. */
  readonly idleTimeout?: number | undefined;
  /** Milliseconds after the login at which the session ends. It is renewed a little earlier. Default: not known. */
  readonly lifetime?: number | undefined;
  /**
   * Origins, other than the endpoint's, that the login may ask: those that are to be trusted with the password. They
   * share the session's cookies as far as the cookies' domains allow.
   */
  readonly origins?: readonly (string | URL)[] | undefined;
  /** Keeps the session over restarts, such as `fileSessionStore(path)`. Default: it ends with the program. */
  readonly store?: SessionStore | undefined;
  /** Milliseconds that one login may take. Default 60,000: a one-time code may have to be waited for. */
  readonly deadline?: number | undefined;
  /** For errors and events. Default `session`. */
  readonly name?: string | undefined;
  /** Default: the machine's clock. */
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

/** Every option there is. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** The options, checked, with their defaults. */
export interface SessionSettings extends Omit<SessionOptions, 'origins' | 'username' | 'password'> {
  readonly username: ((signal: AbortSignal) => Promise<string>) | undefined;
  readonly password: ((signal: AbortSignal) => Promise<string>) | undefined;
  readonly origins: ReadonlySet<string>;
  readonly deadline: number;
  readonly name: string;
  readonly clock: Clock;
}

/** @throws {ConfigurationError} for options that cannot work. */
export function checkOptions(given: SessionOptions): SessionSettings {
  checkOptionsObject(given);
  const options = copyOptions(given, OPTION_NAMES);
  const { login, username, password, otp, csrf, logout, expired, store } = options;
  const { name = 'session', clock = systemClock } = options;
  if (typeof login !== 'function') {
    throw new ConfigurationError('A session needs `login`: formLogin({ page }), jsonLogin({ url }), or a function.');
  }
  if (typeof name !== 'string' || name === '') throw new ConfigurationError('The name of a session is a string.');
  for (const [option, value] of Object.entries({ otp, expired })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new ConfigurationError(`The session's \`${option}\` must be a function.`);
    }
  }
  for (const method of ['load', 'save', 'remove'] as const) {
    if (store === undefined || typeof store?.[method] === 'function') continue;
    throw new ConfigurationError(
      "The session's `store` must have `load`, `save` and `remove`, as fileSessionStore(path) has.",
    );
  }
  checkClock(clock);
  for (const option of requiredOptions(login)) {
    if (options[option] !== undefined) continue;
    throw new ConfigurationError(`The session's login needs \`${option}\`. Is a variable of the environment unset?`);
  }
  return {
    ...options,
    csrf: csrf === undefined ? undefined : checkCsrfOptions(csrf),
    logout: logout === undefined || typeof logout === 'function' ? logout : checkUrl(logout, "The session's `logout`"),
    username: username === undefined ? undefined : secretReader(username, "The session's user name"),
    password: password === undefined ? undefined : secretReader(password, "The session's password"),
    origins: checkOrigins(options.origins),
    idleTimeout: checkDuration(options.idleTimeout, 'idleTimeout'),
    lifetime: checkDuration(options.lifetime, 'lifetime'),
    deadline: checkDuration(options.deadline, 'deadline') ?? 60_000,
    clock,
    name,
  };
}

/** @throws {ConfigurationError} for what is no object of options. */
export function checkOptionsObject(options: unknown): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new ConfigurationError('A session needs an object of options, such as { login, username, password }.');
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
