import type { Clock } from '@crew/core';

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
