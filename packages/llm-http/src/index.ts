export type { Authenticator } from './auth/authenticator.ts';
export type { Authentication } from './auth/authenticators.ts';
export { HttpLLM } from './http-llm.ts';
export type { HttpLLMOptions } from './http-llm-options.ts';
export {
  type ChatCompletionsOptions,
  chatCompletions,
  type EncodedRequest,
  type Protocol,
  type ProtocolSettings,
  type ResponseContext,
} from './protocol.ts';
export { type FromCommandOptions, fromCommand } from './secret/from-command.ts';
export { type FileSecret, type FromFileOptions, fromFile } from './secret/from-file.ts';
export type { Secret, SecretContext } from './secret/secret.ts';
export { fromEnv } from './secret/secret.ts';
export type { ProxyOptions } from './transport/proxy.ts';
export type { Timeouts } from './transport/timeouts.ts';
export type { RetryOptions } from './turn/retry.ts';
