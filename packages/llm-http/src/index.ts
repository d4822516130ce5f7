export type {
  AuthContext,
  Authenticator,
  AuthHost,
  ConnectionCredentials,
  OutgoingRequest,
  Refusal,
  RefusalAnswer,
  ResponseHead,
  TransportFetch,
  TransportFetchInit,
} from './auth/authenticator.ts';
export { type Authentication, authenticators } from './auth/authenticators.ts';
export type { Obtained } from './credential/obtained.ts';
export { RenewingCredential } from './credential/renewing-credential.ts';
export type { RenewingCredentialOptions } from './credential/renewing-credential-options.ts';
export {
  type CredentialKey,
  RenewingCredentials,
  type RenewingCredentialsOptions,
} from './credential/renewing-credentials.ts';
export { withinFileDeadline } from './files/file-deadline.ts';
export {
  fileState,
  fileStateSync,
  type OrdinaryFile,
  type ReadFileOptions,
  readOrdinaryFile,
  readOrdinaryFileSync,
} from './files/ordinary-file.ts';
export {
  hasPrivateFolder,
  type PrivateFileOptions,
  preparePrivateFolder,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from './files/private-file.ts';
export { saidBy, withOwnCauses } from './foreign-error.ts';
export { checkHeaderName } from './header-rules.ts';
export { HttpLLM } from './http-llm.ts';
export type { HttpLLMOptions } from './http-llm-options.ts';
export { checkClock, checkOptionNames } from './option-checks.ts';
export {
  chatCompletions,
  type EncodedRequest,
  type Protocol,
  type ProtocolSettings,
  type ResponseContext,
} from './protocol.ts';
export { askedDelay, type RetryOptions } from './retry-policy.ts';
export { Scrubber } from './scrubber.ts';
export { checkCredentialText } from './secret/credential-text.ts';
export { type FromCommandOptions, fromCommand } from './secret/from-command.ts';
export { fromEnv } from './secret/from-env.ts';
export { type FileSecret, type FromFileOptions, fromFile } from './secret/from-file.ts';
export { checkSecret, isImmediate, readSecret, type Secret, type SecretContext } from './secret/secret.ts';
export { showName } from './show-name.ts';
export type { ProxyOptions } from './transport/proxy.ts';
export type { Timeouts } from './transport/timeouts.ts';
