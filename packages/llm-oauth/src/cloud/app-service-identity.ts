import { type Clock, ConfigurationError, CredentialError, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import { checkClock, showName } from '@crew/llm-http/adapter';
import { AccessToken, type ObtainedToken } from '../bearer/access-token.ts';
import { AccessTokenAuthenticator } from '../bearer/access-token-authenticator.ts';
import { checkDurations, checkObject, checkStrings } from '../option-checks.ts';
import { jsonObject, retryAfter } from '../server/endpoint.ts';
import { requestMetadataService } from '../server/metadata-service.ts';

/** Options of `appServiceIdentity`. */
export interface AppServiceIdentityOptions {
  /** Resource that the token is for, without `/.default`, such as `https://cognitiveservices.azure.com`. */
  readonly resource: string;
  /** Client id of a user-assigned identity. Default: the system-assigned identity. */
  readonly clientId?: string | undefined;
  /** Name of the authenticator in errors and events. Default `app-service-identity`. */
  readonly name?: string | undefined;
  /** Time limit for obtaining a token, in milliseconds. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Clock for expiry and timeouts. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Creates an authenticator for the managed identity of Azure App Service, Functions and Container Apps. The identity
 * service is named by the environment variables `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`. It is reached directly, over
 * plain http, and only on this machine.
 *
 * @example
 * ```ts no-run
 * import { appServiceIdentity, HttpLLM } from '@crew/llm-oauth';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://crew.openai.azure.com/openai/v1/chat/completions',
 *   model: 'gpt-4o',
 *   auth: appServiceIdentity({ resource: 'https://cognitiveservices.azure.com' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if the resource is missing.
 */
export function appServiceIdentity(options: AppServiceIdentityOptions): Authenticator {
  const checked = checkObject(options, 'appServiceIdentity');
  const { resource, clientId, name = 'app-service-identity', deadline, clock = systemClock } = checked;
  if (typeof resource !== 'string' || resource === '') {
    throw new ConfigurationError('appServiceIdentity needs a `resource`, such as https://cognitiveservices.azure.com.');
  }
  checkStrings({ clientId, name });
  checkDurations({ deadline });
  checkClock(clock);
  return new AccessTokenAuthenticator<undefined>({
    name,
    clock,
    deadline,
    source: {
      purposeOf: () => ({ key: [resource, clientId], purpose: undefined }),
      obtain: (_purpose, { signal }) => obtain({ resource, clientId, name, clock, signal }),
    },
  });
}

interface TokenRequest {
  readonly resource: string;
  readonly clientId: string | undefined;
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function obtain({ resource, clientId, name, clock, signal }: TokenRequest): Promise<ObtainedToken> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = process.env;
  if (endpoint === undefined || header === undefined || !URL.canParse(endpoint)) {
    throw new ConfigurationError(
      `${name}: IDENTITY_ENDPOINT and IDENTITY_HEADER are not set. Run in App Service, Functions or Container Apps, and ` +
        'give the app an identity.',
    );
  }
  const url = new URL(endpoint);
  url.searchParams.set('api-version', '2019-08-01');
  url.searchParams.set('resource', resource);
  if (clientId !== undefined) url.searchParams.set('client_id', clientId);
  const response = await requestMetadataService(url, { headers: { 'x-identity-header': header }, signal });
  const body = jsonObject(response.text);
  const { access_token: token, expires_on: expires } = body ?? {};
  const seconds = Number(expires);
  if (response.status !== 200 || typeof token !== 'string' || !(seconds > 0)) {
    throw new CredentialError(
      `${name}: the identity service returned no token for ${showName(resource)} (status ${response.status}). Check that the app has ` +
        'this identity.',
      { terminal: response.status === 400 || response.status === 404, retryAfter: retryAfter(response.headers, clock) },
    );
  }
  return { value: new AccessToken(token, undefined, name), expiresAt: seconds * 1000 };
}
