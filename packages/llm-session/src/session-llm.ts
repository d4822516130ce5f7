import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { Session } from './session.ts';
import { checkOptionsObject, OPTION_NAMES, type SessionOptions } from './session-options.ts';

/** The options of an `HttpLLM` and those of `session()`. */
export type SessionLLMOptions = HttpLLMOptions & SessionOptions;

/**
 * A model behind a login. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 * });
 * console.log(await llm.call('Say hello.'));
 */
export class SessionLLM extends HttpLLM {
  readonly #session: Session;

  /** @throws {ConfigurationError} naming the option that is wrong. */
  constructor(given: SessionLLMOptions) {
    checkOptionsObject(given);
    const options = copyOptions(given, OPTION_NAMES);
    const { login, username, password, otp, csrf, logout, expired, idleTimeout, lifetime, origins, ...others } =
      options;
    const { store, deadline, name, auth, ...rest } = others;
    const own = new Session({
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
    super({ ...rest, auth: authenticators(own, auth) });
    this.#session = own;
  }

  /**
   * Lets the next call log in again after the server refused a login (the account was unlocked, say), or refused all that
   * was asked with the session. Not optionsByLogin after the user name or the password changed.
   */
  retryLogin(): void {
    this.#session.retryLogin();
  }
}
