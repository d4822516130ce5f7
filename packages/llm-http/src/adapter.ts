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
export { BoundedMap } from './credential/bounded-map.ts';
export type { ObtainedCredential } from './credential/lifetime.ts';
export type { RenewingCredentialOptions } from './credential/renewing-credential.ts';
export { RenewingCredential } from './credential/renewing-credential.ts';
export {
  type CredentialKey,
  RenewingCredentials,
  type RenewingCredentialsOptions,
} from './credential/renewing-credentials.ts';
export { quoteError, sanitiseCauses } from './errors/sanitise.ts';
export { showName } from './errors/show-name.ts';
export {
  hasPrivateFolder,
  type PrivateFileOptions,
  preparePrivateFolder,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from './files/private-file.ts';
export {
  fileVersion,
  fileVersionSync,
  type ReadFileOptions,
  type RegularFile,
  readRegularFile,
  readRegularFileSync,
  withFileTimeout,
} from './files/regular-file.ts';
export { checkClock, checkOptionNames } from './option-checks.ts';
export { Scrubber } from './scrubber/scrubber.ts';
export { checkSecret, isSynchronousSecret, readSecret } from './secret/secret.ts';
export { checkCredentialText, checkHeaderName } from './transport/headers.ts';
export { retryAfterDelay } from './turn/retry.ts';
