import { ConfigurationError, CredentialError } from '@crew/core';
import { askMachineService } from '../server/machine-service.ts';
import { jsonObject } from '../server/server-response.ts';
import type { GoogleToken } from './impersonation.ts';

/**
 * The token of the machine's service account, from the metadata server of Compute Engine, Cloud Run or GKE. It is asked
 * directly: google-auth-library writes what it answers to its log.
 *
 * @throws {CredentialError} when there is no metadata server, or it gives no token.
 */
export async function metadataServerToken(scopes: readonly string[], signal: AbortSignal): Promise<GoogleToken> {
  const host = process.env['GCE_METADATA_HOST'] ?? '169.254.169.254';
  const address = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  if (!URL.canParse(address)) throw new ConfigurationError('GCE_METADATA_HOST is no host name.');
  const url = new URL(address);
  url.searchParams.set('scopes', scopes.join(','));
  const request = { headers: { 'metadata-flavor': 'Google' }, signal };
  const response = await askMachineService(url, request).catch((thrown: unknown) => {
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
  throw new CredentialError(`The metadata server of this machine gave no token (status ${response.status}).`);
}
