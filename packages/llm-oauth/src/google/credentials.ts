import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, CredentialError } from '@crew/core';
import { fileVersion, readRegularFile, showName } from '@crew/llm-http/adapter';
import { jsonObject } from '../server/endpoint.ts';
import { requestMetadataService } from '../server/metadata-service.ts';

/** Contents of a credential file, as downloaded from the Google Cloud console. */
export type GoogleCredentials = Readonly<Record<string, unknown>>;

/** A token and its expiry by the system clock, in milliseconds since the epoch. */
export interface GoogleToken {
  readonly text: string;
  readonly expiresAt: number | undefined;
}

/**
 * Reads application default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or that of gcloud. Returns
 * `undefined` if there is no file; the metadata server provides the token then.
 *
 * @throws {ConfigurationError} for a file that cannot be read, is not an ordinary file of at most 1 MiB, or is not JSON.
 */
export async function applicationDefault(signal: AbortSignal): Promise<GoogleCredentials | undefined> {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG, APPDATA } = process.env;
  if (named !== undefined && named !== '') return parse(await readCredentialFile(named, signal), named);
  const directory = CLOUDSDK_CONFIG ?? (APPDATA ? join(APPDATA, 'gcloud') : join(homedir(), '.config', 'gcloud'));
  const file = join(directory, 'application_default_credentials.json');
  if ((await fileVersion(file)) === 'missing') return undefined;
  return parse(await readCredentialFile(file, signal), file);
}

/**
 * Reads a credential file.
 *
 * @throws {ConfigurationError} for a file that cannot be read, or is not an ordinary file of at most 1 MiB.
 */
export async function readCredentialFile(path: string, signal: AbortSignal): Promise<string> {
  const subject = `The file of Google credentials ${showName(path)}`;
  try {
    const file = await readRegularFile(path, { subject, signal });
    if (file !== undefined) return file.bytes.toString('utf8');
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw new ConfigurationError(thrown.message);
    throw thrown;
  }
  throw new ConfigurationError(`${subject} cannot be read (ENOENT).`);
}

function parse(text: string, path: string): GoogleCredentials {
  const credentials = jsonObject(text);
  if (credentials === undefined)
    throw new ConfigurationError(`The Google credentials in ${showName(path)} are not a JSON object.`);
  return credentials;
}

/**
 * Returns a property of the credentials.
 *
 * @throws {ConfigurationError} if it is not a non-empty string.
 */
export function requireString(credentials: GoogleCredentials, name: string): string {
  const value = credentials[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(`The Google credentials have no ${name}.`);
}

/**
 * Requests the token of the machine's service account from the metadata server of Compute Engine, Cloud Run or GKE.
 * google-auth-library is not used, because it logs the response.
 *
 * @throws {CredentialError} if there is no metadata server, or it returns no token.
 */
export async function metadataServerToken(scopes: readonly string[], signal: AbortSignal): Promise<GoogleToken> {
  const host = process.env['GCE_METADATA_HOST'] ?? '169.254.169.254';
  const address = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  if (!URL.canParse(address)) throw new ConfigurationError('GCE_METADATA_HOST is not a host name.');
  const url = new URL(address);
  url.searchParams.set('scopes', scopes.join(','));
  const request = { headers: { 'metadata-flavor': 'Google' }, signal };
  const response = await requestMetadataService(url, request).catch((thrown: unknown) => {
    if (!CredentialError.isInstance(thrown)) throw thrown;
    throw new CredentialError(
      'There are no Google credentials: neither a file (GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth ' +
        `application-default login) nor a metadata server. ${thrown.message}`,
    );
  });
  const { access_token: token, expires_in: seconds } = jsonObject(response.text) ?? {};
  const isGoogle = response.headers.get('metadata-flavor') === 'Google';
  if (isGoogle && response.status === 200 && typeof token === 'string' && typeof seconds === 'number' && seconds > 0) {
    return { text: token, expiresAt: Date.now() + seconds * 1000 };
  }
  throw new CredentialError(`The metadata server of this machine returned no token (status ${response.status}).`);
}
