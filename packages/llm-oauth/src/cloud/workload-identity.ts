import { ConfigurationError, CredentialError } from '@crew/core';
import { type FromFileOptions, fromFile } from '@crew/llm-http';
import { type IdentityContext, independentOfAuthContext } from '../grant/identity-source.ts';
import { checkObject } from '../option-checks.ts';
import { endpointUrl, jsonObject, sendToServer } from '../server/endpoint.ts';

/** Options of `kubernetesToken`. */
export interface KubernetesTokenOptions extends FromFileOptions {
  /** Path of the projected token. Default `/var/run/secrets/kubernetes.io/serviceaccount/token`. */
  readonly path?: string | undefined;
}

/**
 * Returns a function that reads the service account token of a Kubernetes pod, for use as an assertion or subject token.
 * The kubelet rotates the file, so the function checks it for every token request. Mount a projected token with the audience
 * that the server expects: the default token is for the cluster itself.
 *
 * @example
 * ```ts no-run
 * import { clientAssertion, kubernetesToken, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientAssertion(kubernetesToken({ path: '/var/run/secrets/tokens/login' })),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {CredentialError} from the returned function, if the file could never be read.
 */
export function kubernetesToken(options: KubernetesTokenOptions = {}): () => string {
  const checked = checkObject(options, 'kubernetesToken');
  const { path = '/var/run/secrets/kubernetes.io/serviceaccount/token', ...rest } = checked;
  return fromFile(path, rest);
}

/** Options of `githubActionsToken`. */
export interface GithubActionsTokenOptions {
  /** Audience of the token, such as `api://AzureADTokenExchange`, or the resource name of the provider at Google. */
  readonly audience: string;
}

/**
 * Returns a function that requests the identity token of a GitHub Actions job, for use as an assertion or subject token.
 * The job needs `permissions: id-token: write`. The token expires after a few minutes, so a new one is requested for every
 * token request.
 *
 * @example
 * ```ts no-run
 * import { clientAssertion, githubActionsToken, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientAssertion(githubActionsToken({ audience: 'https://login.example' })),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} without an audience; from the returned function, outside of a job with that permission.
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
        'There is no identity token. Run in a GitHub Actions job that has `permissions: id-token: write`.',
      );
    }
    const url = endpointUrl(address, 'ACTIONS_ID_TOKEN_REQUEST_URL');
    url.searchParams.set('audience', audience);
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await sendToServer(fetch, url, { headers, signal }, "GitHub's token service");
    const value = jsonObject(response.text)?.['value'];
    if (response.status === 200 && typeof value === 'string') return value;
    throw new CredentialError(`GitHub's token service returned no identity token (status ${response.status}).`);
  });
}
