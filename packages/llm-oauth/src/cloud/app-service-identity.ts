import { type Clock, ConfigurationError, CredentialError, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import { checkClock, showName } from '@crew/llm-http/adapter';
import { AccessToken, type ObtainedToken } from '../bearer/access-token.ts';
import { AccessTokenAuthenticator } from '../bearer/access-token-authenticator.ts';
import { checkDurations, checkObject, checkStrings } from '../option-checks.ts';
import { jsonObject, retryAfter } from '../server/endpoint.ts';
import { requestMetadataService } from '../server/metadata-service.ts';

/** What `appServiceIdentity` may be given. */
export interface AppServiceIdentityOptions {
  /** What the token is for, without `/.default`, such as `https://cognitiveservices.azure.com`. */
  readonly resource: string;
  /** A user-assigned identity. Default: the system-assigned one. */
  readonly clientId?: string | undefined;
  /** For errors and events. Default `app-service-identity`. */
  readonly name?: string | undefined;
  /** Milliseconds that obtaining a token may take. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * The managed identity of Azure App Service, Functions and Container Apps, which say in `IDENTITY_ENDPOINT` and
 * `IDENTITY_HEADER` where its service is. It is asked directly, over plain http, on this machine and nowhere else.
 *
 * @example
 * new HttpLLM({ endpoint, auth: appServiceIdentity({ resource: 'https://cognitiveservices.azure.com' }) });
 * @throws {ConfigurationError} without a resource.
 */
export function appServiceIdentity(options: AppServiceIdentityOptions): Authenticator {
  const checked = checkObject(options, 'appServiceIdentity');
  const { resource, clientId, name = 'app-service-identity', deadline, clock = systemClock } = checked;
  if (typeof resource !== 'string' || resource === '') {
    throw new ConfigurationError('appServiceIdentity needs the resource that the token is for.');
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
      `${name}: the identity service gave no token for ${showName(resource)} (status ${response.status}). Check that the app has ` +
        'this identity.',
      { terminal: response.status === 400 || response.status === 404, retryAfter: retryAfter(response.headers, clock) },
    );
  }
  return { value: new AccessToken(token, undefined, name), expiresAt: seconds * 1000 };
}
