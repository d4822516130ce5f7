import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { Session } from './session.ts';
import { checkOptionsObject, OPTION_NAMES, type SessionOptions } from './session-options.ts';

/** Options of a `SessionLLM`: those of `HttpLLM` and those of `session()`. */
export type SessionLLMOptions = HttpLLMOptions & SessionOptions;

/**
 * An LLM behind a login: an `HttpLLM` that logs in, sends the session cookies and the CSRF token, and logs in again when the
 * session ends. Further authenticators can follow in `auth`.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, SessionLLM } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   model: 'large',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   logout: '/logout',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export class SessionLLM extends HttpLLM {
  readonly #session: Session;

  /** @throws {ConfigurationError} for an invalid option, which the message names. */
  constructor(options: SessionLLMOptions) {
    checkOptionsObject(options);
    const copy = copyOptions(options, OPTION_NAMES);
    const { login, username, password, otp, csrf, logout, expired, idleTimeout, lifetime, origins, ...others } = copy;
    const { store, deadline, name, auth, ...rest } = others;
    const authenticator = new Session({
      login,
      username,
      password,
      otp,
      csrf,
      logout,
      expired,
      idleTimeout,
      lifetime,
      origins,
      store,
      deadline,
      name,
      clock: rest.clock,
    });
    super({ ...rest, auth: authenticators(authenticator, auth) });
    this.#session = authenticator;
  }

  /**
   * Allows the next call to log in again after the server refused the login (because the account has been unlocked, for
   * example) or refused every request of the session. Not needed after the user name or the password has changed.
   */
  retryLogin(): void {
    this.#session.retryLogin();
  }
}
