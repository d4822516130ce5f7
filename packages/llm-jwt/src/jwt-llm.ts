import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { Jwt } from './jwt.ts';
import { type JwtOptions, OPTION_NAMES } from './options.ts';

/** Options of `JwtLLM`: those of `HttpLLM` and those of `jwt()`. */
export type JwtLLMOptions = HttpLLMOptions & JwtOptions;

/**
 * A model behind an HTTP endpoint that requires a JWT. The option `auth` adds further authenticators.
 *
 * @example Mint tokens with a local key
 * ```ts no-run
 * import { fromFile, JwtLLM } from '@crew/llm-jwt';
 *
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   mint: { key: fromFile('/run/secrets/llm-key.pem'), keyId: 'crew-1', issuer: 'crew', audience: 'llm-gateway' },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example Use tokens from a function, which is called again before the token expires and after a refusal
 * ```ts no-run
 * import { JwtLLM } from '@crew/llm-jwt';
 *
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   token: async ({ signal }) => {
 *     const response = await fetch('https://tokens.example/llm', { method: 'POST', signal });
 *     if (!response.ok) throw new Error(`The token service returned ${response.status}.`);
 *     return response.text();
 *   },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example Use the token in a file, such as a Kubernetes service account token
 * ```ts no-run
 * import { JwtLLM } from '@crew/llm-jwt';
 *
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   tokenFile: '/var/run/secrets/tokens/llm',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export class JwtLLM extends HttpLLM {
  /** @throws {ConfigurationError} naming the invalid option, never a token or a key. */
  constructor(options: JwtLLMOptions) {
    const copy = copyOptions(options, OPTION_NAMES);
    const authenticator = new Jwt(copy);
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
    } = copy;
    super({ ...rest, auth: authenticators(authenticator, auth) });
  }
}
