import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { ApiKey } from './api-key.ts';
import { type ApiKeyOptions, checkOptions, OPTION_NAMES } from './options.ts';

/** Options of `ApiKeyLLM`: those of `HttpLLM` and those of `apiKey()`. */
export type ApiKeyLLMOptions = HttpLLMOptions & ApiKeyOptions;

/**
 * A model behind an HTTP endpoint that requires an API key. The option `auth` adds further authenticators.
 *
 * @example One key as a bearer token
 * ```ts no-run
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   model: 'large',
 *   apiKey: fromEnv('LLM_API_KEY'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A header and a scheme of the gateway's choice: `x-auth: Key ...`
 * ```ts no-run
 * import { ApiKeyLLM, fromFile } from '@crew/llm-apikey';
 *
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   apiKey: fromFile('/run/secrets/llm-key'),
 *   header: 'x-auth',
 *   scheme: 'Key',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A pool of keys, which shares the load and skips keys that are rate limited
 * ```ts no-run
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   apiKey: [fromEnv('LLM_KEY_1'), fromEnv('LLM_KEY_2'), fromEnv('LLM_KEY_3')],
 * });
 * const questions = ['Say hello.', 'Say good morning.', 'Say goodbye.'];
 * console.log(await Promise.all(questions.map(question => llm.call(question))));
 * ```
 *
 * @example One key per tenant, chosen by the `authContext` of the call
 * ```ts no-run
 * import { ApiKeyLLM } from '@crew/llm-apikey';
 *
 * const keys = new Map([
 *   ['acme', process.env['ACME_KEY'] ?? ''],
 *   ['globex', process.env['GLOBEX_KEY'] ?? ''],
 * ]);
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   header: 'x-api-key',
 *   apiKey: ({ authContext }) => keys.get(String(authContext)) ?? '',
 * });
 * console.log(await llm.call('Say hello.', { authContext: 'acme' }));
 * ```
 */
export class ApiKeyLLM extends HttpLLM {
  /** @throws {ConfigurationError} naming the invalid option, never a key. */
  constructor(options: ApiKeyLLMOptions) {
    const copy = copyOptions(options, OPTION_NAMES);
    const authenticator = new ApiKey(checkOptions(copy), copy);
    const { apiKey, header, scheme, query, authHeaders, isRefusal, auth, ...rest } = copy;
    super({ ...rest, auth: authenticators(authenticator, auth) });
  }
}
