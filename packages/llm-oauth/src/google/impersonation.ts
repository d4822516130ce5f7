import { type Clock, ConfigurationError, CredentialError } from '@crew/core';
import { jsonObject, retryAfter, sendToServer } from '../server/endpoint.ts';
import { type GoogleCredentials, type GoogleToken, requireString } from './credentials.ts';

/** A service account to act as. */
export interface GoogleImpersonation {
  /** Its e-mail address. */
  readonly serviceAccount: string;
  /** The chain of delegates, where there is one. */
  readonly delegates?: readonly string[] | undefined;
  /** Milliseconds that a token lives, in whole seconds. Default 3,600,000. */
  readonly lifetime?: number | undefined;
}

/** The impersonation that a credential file asks for. */
export function impersonationOf(credentials: GoogleCredentials): GoogleImpersonation | undefined {
  if (credentials['service_account_impersonation_url'] === undefined) return undefined;
  const url = requireString(credentials, 'service_account_impersonation_url');
  const form =
    /^https:\/\/iamcredentials\.googleapis\.com\/v1\/projects\/-\/serviceAccounts\/([^/:]{1,200}):generateAccessToken$/;
  const serviceAccount = form.exec(url)?.[1];
  if (serviceAccount === undefined) {
    throw new ConfigurationError(
      "The service_account_impersonation_url of the Google credentials is not that of Google's IAM credentials API.",
    );
  }
  const { delegates, service_account_impersonation: more } = credentials;
  const lifetime: unknown =
    typeof more === 'object' && more !== null ? Reflect.get(more, 'token_lifetime_seconds') : undefined;
  return {
    serviceAccount,
    delegates: Array.isArray(delegates) ? delegates.filter(one => typeof one === 'string') : undefined,
    lifetime: typeof lifetime === 'number' ? lifetime * 1000 : undefined,
  };
}

/**
 * Exchanges a token for one of another service account (generateAccessToken of Google's IAM credentials API). Asked
 * directly: google-auth-library writes a warning for every client of that kind.
 *
 * @throws {CredentialError} when Google gave none.
 */
export async function impersonate(
  source: string,
  { serviceAccount, delegates = [], lifetime = 3_600_000 }: GoogleImpersonation,
  options: {
    readonly scopes: readonly string[];
    readonly fetch: typeof globalThis.fetch;
    readonly signal: AbortSignal;
    readonly clock: Clock;
  },
): Promise<GoogleToken> {
  const { scopes, fetch, signal, clock } = options;
  const account = encodeURIComponent(serviceAccount);
  const url = new URL(
    `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
  );
  const headers = { authorization: `Bearer ${source}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ delegates, scope: scopes, lifetime: `${Math.floor(lifetime / 1000)}s` });
  const response = await sendToServer(fetch, url, { method: 'POST', headers, body, signal }, "Google's endpoint");
  const { accessToken, expireTime } = jsonObject(response.text) ?? {};
  if (response.status === 200 && typeof accessToken === 'string') {
    const expiresAt = Date.parse(String(expireTime));
    return { text: accessToken, expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
  }
  throw new CredentialError(`Google did not let ${serviceAccount} be impersonated (status ${response.status}).`, {
    terminal: response.status === 403 || response.status === 404,
    retryAfter: retryAfter(response.headers, clock),
  });
}
