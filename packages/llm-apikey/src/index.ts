export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { apiKey } from './api-key.ts';
export { ApiKeyLLM, type ApiKeyLLMOptions } from './api-key-llm.ts';
export type { KeyContext, KeySource } from './key-source.ts';
export type {
  ApiKeyOptions,
  CustomHeadersOptions,
  HeaderKeyOptions,
  QueryKeyOptions,
  SharedKeyOptions,
} from './options.ts';
