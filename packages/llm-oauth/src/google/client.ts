import { ConfigurationError } from '@crew/core';
import type { AuthClient } from 'google-auth-library';
import { jsonObject } from '../server/endpoint.ts';
import { type GoogleCredentials, readCredentialFile, requireString } from './credentials.ts';
import type { GoogleLibrary, GoogleTransport } from './library.ts';

/** Options of `googleClient`. */
export interface GoogleClientOptions {
  readonly library: GoogleLibrary;
  readonly transport: GoogleTransport;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
  /** Returns the subject token of workload identity federation. Default: the `credential_source` of the credentials. */
  readonly subjectToken: (() => Promise<string>) | undefined;
}

/**
 * Creates the client of google-auth-library for the credentials.
 *
 * @throws {ConfigurationError} for credentials of an unsupported type, or that run a program.
 */
export function googleClient(credentials: GoogleCredentials, options: GoogleClientOptions): AuthClient {
  const { library, transport, scopes } = options;
  const shared = sharedOptions(transport);
  switch (credentials['type']) {
    case 'service_account':
      return new library.JWT({
        ...shared,
        email: requireString(credentials, 'client_email'),
        key: requireString(credentials, 'private_key'),
        keyId: requireString(credentials, 'private_key_id'),
        scopes: [...scopes],
      });
    case 'authorized_user':
      return new library.UserRefreshClient({
        ...shared,
        clientId: requireString(credentials, 'client_id'),
        clientSecret: requireString(credentials, 'client_secret'),
        refreshToken: requireString(credentials, 'refresh_token'),
      });
    case 'external_account':
      return federatedClient(credentials, options);
    default:
      throw new ConfigurationError(
        'The Google credentials must be of the type service_account, authorized_user, external_account or ' +
          'impersonated_service_account.',
      );
  }
}

function federatedClient(credentials: GoogleCredentials, options: GoogleClientOptions): AuthClient {
  const { library, transport, scopes, signal } = options;
  // This package implements impersonation itself, for all types of credentials.
  const { credential_source: source, service_account_impersonation_url: _impersonation, ...rest } = credentials;
  const isRecord = typeof source === 'object' && source !== null;
  if (isRecord && Object.hasOwn(source, 'executable')) {
    throw new ConfigurationError('Google credentials that run a program are refused. Set `subjectToken` instead.');
  }
  const subjectToken = options.subjectToken ?? (isRecord ? subjectTokenInFile(source, signal) : undefined);
  const origin = subjectToken
    ? { subject_token_supplier: { getSubjectToken: subjectToken } }
    : { credential_source: source };
  const settings: unknown = { ...rest, ...origin, ...sharedOptions(transport), scopes: [...scopes] };
  const isAws = isRecord && /^aws/.test(String(Reflect.get(source, 'environment_id')));
  const client =
    isAws && subjectToken === undefined
      ? new library.AwsClient(settings as ConstructorParameters<GoogleLibrary['AwsClient']>[0])
      : new library.IdentityPoolClient(settings as ConstructorParameters<GoogleLibrary['IdentityPoolClient']>[0]);
  // The library does not pass its transport to the client of the token exchange (STS).
  const sts: unknown = Reflect.get(client, 'stsCredential');
  if (typeof sts !== 'object' || sts === null) {
    throw new ConfigurationError(
      'This version of google-auth-library is not supported: install google-auth-library@11.',
    );
  }
  Reflect.set(sts, 'transporter', transport);
  return client;
}

/** Returns a function that reads the file of a subject token. The library would read a file of any size. */
function subjectTokenInFile(source: object, signal: AbortSignal): (() => Promise<string>) | undefined {
  const file: unknown = Reflect.get(source, 'file');
  if (typeof file !== 'string' || file === '') return undefined;
  const format: unknown = Reflect.get(source, 'format');
  return async () => {
    const text = await readCredentialFile(file, signal);
    if (typeof format !== 'object' || format === null || Reflect.get(format, 'type') !== 'json') return text.trimEnd();
    return requireString(jsonObject(text) ?? {}, String(Reflect.get(format, 'subject_token_field_name')));
  };
}

/** Returns options without interceptors, which log tokens, and without early renewal, for which 0 is not accepted. */
function sharedOptions(transporter: GoogleTransport): {
  readonly transporter: GoogleTransport;
  readonly useAuthRequestParameters: false;
  readonly eagerRefreshThresholdMillis: number;
} {
  return { transporter, useAuthRequestParameters: false, eagerRefreshThresholdMillis: 1 };
}
