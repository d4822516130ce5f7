export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { jwt } from './jwt.ts';
export { JwtLLM, type JwtLLMOptions } from './jwt-llm.ts';
export type {
  JwtOptions,
  MintedTokenOptions,
  SharedJwtOptions,
  TenantContext,
  TokenContext,
  TokenFileOptions,
  TokenOptions,
} from './jwt-options.ts';
export type { Algorithm } from './mint/algorithm.ts';
export type {
  ClaimOptions,
  ClaimsContext,
  HeaderOptions,
  LocalKeyOptions,
  MintOptions,
  RemoteKeyOptions,
  RemoteSigner,
  SignerContext,
} from './mint/mint-options.ts';
