import { ConfigurationError, CredentialError } from '@crew/core';
import { type FromFileOptions, fromFile } from '@crew/llm-http';
import { type IdentityContext, independentOfAuthContext } from '../grant/identity-source.ts';
import { checkObject } from '../option-checks.ts';
import { endpointUrl, jsonObject, sendToServer } from '../server/endpoint.ts';

/** What `kubernetesToken` may be given. */
export interface KubernetesTokenOptions extends FromFileOptions {
  /** Where the projected token is mounted. Default `/var/run/secrets/kubernetes.io/serviceaccount/token`. */
  readonly path?: string | undefined;
}

/**
 * The service account token of a Kubernetes pod, as assertion or subject token. The kubelet replaces the file; it is
 * looked at again for every token request. Mount one with the audience that the server wants (a projected volume): the
 * default one is for the cluster itself.
 *
 * @throws {CredentialError} from the returned function, when the file could never be read.
 */
export function kubernetesToken(options: KubernetesTokenOptions = {}): () => string {
  const checked = checkObject(options, 'kubernetesToken');
  const { path = '/var/run/secrets/kubernetes.io/serviceaccount/token', ...rest } = checked;
  return fromFile(path, rest);
}

/** What `githubActionsToken` needs. */
export interface GithubActionsTokenOptions {
  /** Whom the token is for, such as `api://AzureADTokenExchange`, or the provider's name at Google. */
  readonly audience: string;
}

/**
 * The identity token of a GitHub Actions job, as assertion or subject token. The job needs `permissions: id-token: write`.
 * It lives a few minutes, so a new one is asked for at every token request.
 *
 * @throws {ConfigurationError} without an audience; from the returned function, outside of a job that may have tokens.
 */
export function githubActionsToken(options: GithubActionsTokenOptions): (context: IdentityContext) => Promise<string> {
  const checked = checkObject(options, 'githubActionsToken');
  const { audience } = checked;
  if (typeof audience !== 'string' || audience === '') {
    throw new ConfigurationError('githubActionsToken needs an audience.');
  }
  return independentOfAuthContext(async ({ fetch, signal }) => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
    if (address === undefined || token === undefined) {
      throw new ConfigurationError(
        'There is no identity token: this is no GitHub Actions job, or it lacks `permissions: id-token: write`.',
      );
    }
    const url = endpointUrl(address, 'ACTIONS_ID_TOKEN_REQUEST_URL');
    url.searchParams.set('audience', audience);
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await sendToServer(fetch, url, { headers, signal }, "GitHub's token service");
    const value = jsonObject(response.text)?.['value'];
    if (response.status === 200 && typeof value === 'string') return value;
    throw new CredentialError(`GitHub's token service gave no identity token (status ${response.status}).`);
  });
}
