export type {
  AuthContext,
  AuthHost,
  ConnectionCredentials,
  OutgoingRequest,
  Refusal,
  RefusalResult,
  ResponseHead,
  TransportFetch,
  TransportFetchInit,
} from './auth/authenticator.ts';
export { authenticators } from './auth/authenticators.ts';
export type { ObtainedCredential } from './credential/obtained.ts';
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
export { quoteError, sanitiseCauses } from './foreign-error.ts';
export { checkHeaderName } from './header-rules.ts';
export { checkClock, checkOptionNames } from './option-checks.ts';
export { retryAfterDelay } from './retry-policy.ts';
export { Scrubber } from './scrubber.ts';
export { checkCredentialText } from './secret/credential-text.ts';
export { checkSecret, isSynchronousSecret, readSecret } from './secret/secret.ts';
export { showName } from './show-name.ts';
