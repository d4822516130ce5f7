export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions, type Secret } from '@crew/llm-http';
export type { ChallengeOptions } from './bearer/protected-resource.ts';
export {
  type AssertionAudience,
  type AssertionOptions,
  clientAssertion,
  type PrivateKeyJwtOptions,
  privateKeyJwt,
} from './client-authentication/client-assertion.ts';
export {
  type ClientAuthentication,
  type ClientRequest,
  publicClient,
  selfSignedTlsClientAuth,
  tlsClientAuth,
} from './client-authentication/client-authentication.ts';
export {
  type ClientSecretBasicOptions,
  type ClientSecretJwtOptions,
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
} from './client-authentication/client-secret.ts';
export type { PrivateKey, PrivateKeySource, SigningAlgorithm } from './client-authentication/private-key.ts';
export { type AppServiceIdentityOptions, appServiceIdentity } from './cloud/app-service-identity.ts';
export { type EntraCertificate, type EntraOptions, entra } from './cloud/entra.ts';
export {
  type GithubActionsTokenOptions,
  githubActionsToken,
  type KubernetesTokenOptions,
  kubernetesToken,
} from './cloud/workload-identity.ts';
export {
  type CustomGrantOptions,
  clientCredentials,
  customGrant,
  type Grant,
  type GrantContext,
  type GrantParameters,
  refreshToken,
} from './grant/grant.ts';
export type { IdentityContext, IdentitySource } from './grant/identity-source.ts';
export { type JwtBearerAssertion, type JwtBearerOptions, jwtBearer } from './grant/jwt-bearer.ts';
export {
  type ExchangedToken,
  type TokenExchangeOptions,
  type TokenType,
  tokenExchange,
} from './grant/token-exchange.ts';
export { type OAuthAuthenticator, oauth, type RevokeOptions } from './oauth.ts';
export { OAuthLLM, type OAuthLLMOptions } from './oauth-llm.ts';
export type { OAuthOptions, TenantSettings } from './oauth-options.ts';
export type { DiscoveryKind } from './server/discovery.ts';
export type { OAuthSettings } from './settings.ts';
export { type FileTokenStoreOptions, fileTokenStore } from './store/file-token-store.ts';
export { memoryTokenStore, type TokenStore } from './store/token-store.ts';
export type { OAuthScopeEvent } from './token/token-response.ts';
