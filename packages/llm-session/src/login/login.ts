import { type Clock, ConfigurationError, CredentialError, CrewError, copyOptions } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { checkOptionNames, quoteError } from '@crew/llm-http/adapter';

/**
 * A login procedure: sends its requests with `context.fetch`, which stores the cookies. `formLogin` and `jsonLogin` create such
 * functions; write your own for any other login.
 *
 * An exception is final: the login is not repeated with the same user name and password. Throw a `CredentialError` without
 * `terminal` for a transient failure. The errors of `context.fetch`, such as an unreachable server, also count as transient.
 *
 * @example
 * ```ts no-run
 * import { CredentialError } from '@crew/core';
 * import { fromEnv, type Login, SessionLLM } from '@crew/llm-session';
 *
 * const login: Login = async ({ fetch, username, password, signal }) => {
 *   const response = await fetch('/api/login', {
 *     method: 'POST',
 *     headers: { 'content-type': 'application/json' },
 *     body: JSON.stringify({ user: username, secret: password }),
 *     signal,
 *   });
 *   if (response.status === 503) throw new CredentialError('The login is under maintenance.');
 *   if (!response.ok) throw new Error(`The gateway refused the login (status ${response.status}).`);
 *   return { csrf: response.headers.get('x-csrf-token') ?? undefined };
 * };
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login,
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
// A login may return nothing at all.
// biome-ignore lint/suspicious/noConfusingVoidType: `void` lets functions without a return statement be logins.
export type Login = (context: LoginContext) => Promise<LoginResult | void>;

/** The context of a login procedure. */
export interface LoginContext {
  /** Scheme, host and port of the LLM's endpoint. */
  readonly origin: string;
  /** The user name, read for this login. `undefined` if the session has none. */
  readonly username: string | undefined;
  /** The password, read for this login. `undefined` if the session has none. */
  readonly password: string | undefined;
  /** Returns the code of the second factor. `undefined` if the session has no `otp`. */
  readonly otp: (() => Promise<string>) | undefined;
  /**
   * A `fetch` on the LLM's transport that stores the cookies of the new session and sends them back. Relative URLs are paths
   * on `origin`. Redirects are returned, not followed. Only the endpoint's origin and the session's `origins` are allowed;
   * a request to any other origin throws a `ConfigurationError`.
   */
  readonly fetch: typeof fetch;
  /** Aborted when the login's deadline expires, or no call waits for the session any longer. */
  readonly signal: AbortSignal;
  /** The clock of the session. */
  readonly clock: Clock;
}

/** Facts about the new session, besides its cookies. */
export interface LoginResult {
  /** The CSRF token, instead of the one that the session's `csrf` option finds. */
  readonly csrf?: string | undefined;
  /** Time at which the session ends, in milliseconds since the epoch. Default: determined by the session's `lifetime`. */
  readonly expiresAt?: number | undefined;
}

/** Outcome of a login, according to the server's response. */
export type LoginOutcome = 'logged-in' | 'refused' | 'locked' | 'second-factor' | 'throttled' | 'unavailable';

/** A response of the server to a login. */
export interface LoginResponse {
  readonly status: number;
  /** URL of the request. */
  readonly url: string;
  readonly headers: Headers;
  /** The first MiB of the body. */
  readonly text: string;
}

/** Session options that a login requires. */
export type RequiredOption = 'username' | 'password' | 'otp';

const requiredByLogin = new WeakMap<Login, readonly RequiredOption[]>();

/** Registers the session options that a login requires, and returns the login. */
export function requireOptions(login: Login, options: readonly RequiredOption[]): Login {
  requiredByLogin.set(login, options);
  return login;
}

/** Returns the session options that the login requires. For a custom function they are unknown, and the list is empty. */
export function requiredOptions(login: Login): readonly RequiredOption[] {
  return requiredByLogin.get(login) ?? [];
}

/**
 * Copies the options of `formLogin` or `jsonLogin`, and checks those that both have.
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export function checkLoginOptions<T extends object>(options: T, names: readonly string[], subject: string): T {
  const copy = copyOptions(options, names);
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) {
    throw new ConfigurationError(`${subject} requires an object of options. They are: ${names.join(', ')}.`);
  }
  checkOptionNames(copy, names, subject);
  for (const name of ['usernameField', 'passwordField', 'otpField']) {
    const value: unknown = Reflect.get(copy, name);
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new ConfigurationError(`${subject}: \`${name}\` must be the name of a field.`);
  }
  const fields: unknown = Reflect.get(copy, 'fields');
  if (fields !== undefined && (typeof fields !== 'object' || fields === null || Array.isArray(fields))) {
    throw new ConfigurationError(`${subject}: \`fields\` must be an object of names and values.`);
  }
  const outcome: unknown = Reflect.get(copy, 'outcome');
  if (outcome !== undefined && typeof outcome !== 'function') {
    throw new ConfigurationError(`${subject}: \`outcome\` must be a function that takes the response of the login.`);
  }
  return copy;
}

/**
 * Returns a function that reads a secret which is sent in a body. Unlike the secret of a header, it may contain any character.
 *
 * @throws {ConfigurationError} for anything that is not a secret, at once or from the returned function.
 */
export function secretReader(secret: unknown, subject: string): (signal: AbortSignal) => Promise<string> {
  if (typeof secret !== 'string' && typeof secret !== 'function') {
    throw new ConfigurationError(
      `${subject} must be a string or a function that returns one, such as fromEnv(name) or fromFile(path).`,
    );
  }
  if (secret === '') throw new ConfigurationError(`${subject} is empty. Set it to the secret.`);
  const source = secret as Secret;
  return async signal => {
    const value: unknown = typeof source === 'string' ? source : await readSource(source, subject, signal);
    if (typeof value === 'string' && value !== '') return value;
    throw new ConfigurationError(`${subject} is empty or not a string. Check the function that returns it.`);
  };
}

async function readSource(source: Exclude<Secret, string>, subject: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await source({ signal });
  } catch (thrown) {
    if (CrewError.isInstance(thrown)) throw thrown;
    // Without a cause: errors of other libraries contain whole requests and command lines.
    throw new CredentialError(`${subject}: the function that returns it failed: ${quoteError(thrown)}`);
  }
}
