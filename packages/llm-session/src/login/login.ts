import { type Clock, ConfigurationError, CredentialError, CrewError, copyOptions } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { checkOptionNames, quoteError } from '@crew/llm-http/adapter';

/** What a login gets to work with. */
export interface LoginContext {
  /** Scheme, host and port of the LLM's endpoint. */
  readonly origin: string;
  /** The session's user name, read for this login. `undefined` when the session was given none. */
  readonly username: string | undefined;
  /** The session's password, likewise. */
  readonly password: string | undefined;
  /** Gives the code of the second factor. `undefined` when the session was given no `otp`. */
  readonly otp: (() => Promise<string>) | undefined;
  /**
   * A `fetch` on the LLM's transport that keeps the new session's cookies and sends them back. Relative URLs are paths
   * on `origin`. Redirects are returned, not followed. It asks the endpoint's origin and the session's `origins`, and
   * throws a `ConfigurationError` for any other.
   */
  readonly fetch: typeof fetch;
  /** Aborted when the login's deadline passes, or nobody waits for the session any more. */
  readonly signal: AbortSignal;
  /** The session's clock. */
  readonly clock: Clock;
}

/** What a login may know besides the cookies. */
export interface LoginResult {
  /** The CSRF token, in place of what the session's `csrf` option would find. */
  readonly csrf?: string | undefined;
  /** When the session ends, in milliseconds since the epoch. Default: as the session's `lifetime` says. */
  readonly expiresAt?: number | undefined;
}

/**
 * Logs in: fetches what it must with `context.fetch`, which keeps the cookies. `formLogin` and `jsonLogin` make such
 * functions; write your own for anything else.
 *
 * What it throws is its verdict: the login is then not tried again with the same user name and password. Throw a
 * `CredentialError` without `terminal` for what will pass; the errors of `context.fetch` (the server is away) do too.
 */
// A login may return nothing at all.
// biome-ignore lint/suspicious/noConfusingVoidType: `void` lets functions without a return statement be logins.
export type Login = (context: LoginContext) => Promise<LoginResult | void>;

/** What became of a login, by the server's answer. */
export type LoginOutcome = 'logged-in' | 'refused' | 'locked' | 'second-factor' | 'throttled' | 'unavailable';

/** The server's answer to a login. */
export interface LoginResponse {
  readonly status: number;
  /** The URL that answered. */
  readonly url: string;
  readonly headers: Headers;
  /** The body, its first MiB. */
  readonly text: string;
}

/** Options of a session without which a login cannot work. */
export type RequiredOption = 'username' | 'password' | 'otp';

const optionsByLogin = new WeakMap<Login, readonly RequiredOption[]>();

/** The login, known to need these options of its session. */
export function requireOptions(login: Login, options: readonly RequiredOption[]): Login {
  optionsByLogin.set(login, options);
  return login;
}

/** What the login is known to need. Nothing is known of a function of one's own. */
export function requiredOptions(login: Login): readonly RequiredOption[] {
  return optionsByLogin.get(login) ?? [];
}

/**
 * Copies the options, and checks what the ways to log in have in common.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export function checkLoginOptions<T extends object>(given: T, names: readonly string[], what: string): T {
  const options = copyOptions(given, names);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(`${what} needs an object of options. It has: ${names.join(', ')}.`);
  }
  checkOptionNames(options, names, what);
  for (const name of ['usernameField', 'passwordField', 'otpField']) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new ConfigurationError(`${what}: \`${name}\` must be the name of a field.`);
  }
  const fields: unknown = Reflect.get(options, 'fields');
  if (fields !== undefined && (typeof fields !== 'object' || fields === null || Array.isArray(fields))) {
    throw new ConfigurationError(`${what}: \`fields\` must be an object of names and values.`);
  }
  const outcome: unknown = Reflect.get(options, 'outcome');
  if (outcome !== undefined && typeof outcome !== 'function') {
    throw new ConfigurationError(`${what}: \`outcome\` must be a function that is given an answer.`);
  }
  return options;
}

/**
 * A function that reads a secret which is sent in a body: unlike a header's it may hold any character.
 *
 * @throws {ConfigurationError} naming `what`, at once or from the returned function, for what is no secret.
 */
export function secretReader(secret: unknown, what: string): (signal: AbortSignal) => Promise<string> {
  if (typeof secret !== 'string' && typeof secret !== 'function') {
    throw new ConfigurationError(`${what} must be a string or a function that gives one (fromEnv, fromFile, ...).`);
  }
  if (secret === '') throw new ConfigurationError(`${what} is empty.`);
  const source = secret as Secret;
  return async signal => {
    const value: unknown = typeof source === 'string' ? source : await call(source, what, signal);
    if (typeof value !== 'string' || value === '') throw new ConfigurationError(`${what} is empty, or not a string.`);
    return value;
  };
}

async function call(source: Exclude<Secret, string>, what: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await source({ signal });
  } catch (thrown) {
    if (CrewError.isInstance(thrown)) throw thrown;
    // Without a cause: foreign errors hold whole requests and command lines.
    const said = quoteError(thrown);
    throw new CredentialError(`${what}: the function that gives it failed: ${said}`);
  }
}
