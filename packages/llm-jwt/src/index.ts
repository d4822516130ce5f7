export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { jwt } from './jwt.ts';
export { JwtLLM, type JwtLLMOptions } from './jwt-llm.ts';
export type { Algorithm } from './mint/algorithm.ts';
export type { ClaimOptions, ClaimsContext } from './mint/claims.ts';
export type {
  HeaderOptions,
  LocalKeyOptions,
  MintOptions,
  RemoteKeyOptions,
} from './mint/mint-options.ts';
export type { RemoteSigner, SignerContext } from './mint/remote-signer.ts';
export type { JwtOptions, MintedTokenOptions, SharedJwtOptions, TokenFileOptions, TokenOptions } from './options.ts';
export type { TenantContext, TokenContext } from './source/token-source.ts';
