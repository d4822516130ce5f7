import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { OPTION_NAMES } from './check-options.ts';
import { Jwt } from './jwt.ts';
import type { JwtOptions } from './jwt-options.ts';

/** The options of an `HttpLLM` and those of `jwt()`. */
export type JwtLLMOptions = HttpLLMOptions & JwtOptions;

/**
 * A model behind an HTTP endpoint that wants a JWT. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new JwtLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   mint: { key: fromFile('key.pem'), issuer: 'crew', audience: 'llm' },
 * });
 * console.log(await llm.call('Say hello.'));
 */
export class JwtLLM extends HttpLLM {
  /** @throws {ConfigurationError} naming the option that is wrong, never a token or a key. */
  constructor(given: JwtLLMOptions) {
    const options = copyOptions(given, OPTION_NAMES);
    const own = new Jwt(options);
    const {
      token,
      tokenFile,
      mint,
      opaque,
      maxAge,
      obtainTimeout,
      tenant,
      perAttempt,
      header,
      scheme,
      isRefusal,
      auth,
      ...rest
    } = options;
    super({ ...rest, auth: authenticators(own, auth) });
  }
}
