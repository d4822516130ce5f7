export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { apiKey } from './api-key.ts';
export { ApiKeyLLM, type ApiKeyLLMOptions } from './api-key-llm.ts';
export type {
  ApiKeyOptions,
  CustomHeadersOptions,
  HeaderKeyOptions,
  KeyContext,
  KeySource,
  QueryKeyOptions,
  SharedKeyOptions,
} from './api-key-options.ts';
