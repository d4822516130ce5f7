import { copyOptions } from '@crew/core';
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { ApiKey } from './api-key.ts';
import type { ApiKeyOptions } from './api-key-options.ts';
import { checkOptions, OPTION_NAMES } from './check-options.ts';

/** The options of an `HttpLLM` and those of `apiKey()`. */
export type ApiKeyLLMOptions = HttpLLMOptions & ApiKeyOptions;

/**
 * A model behind an HTTP endpoint that wants an API key. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new ApiKeyLLM({ endpoint: 'https://llm.example/v1/chat/completions', apiKey: fromEnv('API_KEY') });
 * console.log(await llm.call('Say hello.'));
 */
export class ApiKeyLLM extends HttpLLM {
  /** @throws {ConfigurationError} naming the option that is wrong, never a key. */
  constructor(given: ApiKeyLLMOptions) {
    const options = copyOptions(given, OPTION_NAMES);
    const own = new ApiKey(checkOptions(options), options);
    const { apiKey, header, scheme, query, authHeaders, isRefusal, auth, ...rest } = options;
    super({ ...rest, auth: authenticators(own, auth) });
  }
}
