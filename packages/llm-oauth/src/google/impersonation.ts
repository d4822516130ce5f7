import { type Clock, ConfigurationError, CredentialError } from '@crew/core';
import { jsonObject, retryAfter, sendToServer } from '../server/endpoint.ts';
import { type GoogleCredentials, type GoogleToken, requireString } from './credentials.ts';

/** A service account to impersonate. */
export interface GoogleImpersonation {
  /** E-mail address of the service account. */
  readonly serviceAccount: string;
  /** Chain of delegates. */
  readonly delegates?: readonly string[] | undefined;
  /** Lifetime of a token in milliseconds, rounded down to seconds. Default 3,600,000. */
  readonly lifetime?: number | undefined;
}

/** Returns the impersonation that a credential file demands. */
export function impersonationOf(credentials: GoogleCredentials): GoogleImpersonation | undefined {
  if (credentials['service_account_impersonation_url'] === undefined) return undefined;
  const url = requireString(credentials, 'service_account_impersonation_url');
  const form =
    /^https:\/\/iamcredentials\.googleapis\.com\/v1\/projects\/-\/serviceAccounts\/([^/:]{1,200}):generateAccessToken$/;
  const serviceAccount = form.exec(url)?.[1];
  if (serviceAccount === undefined) {
    throw new ConfigurationError(
      "The service_account_impersonation_url of the Google credentials is not a URL of Google's IAM Credentials API.",
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
 * Obtains a token of another service account (generateAccessToken of Google's IAM Credentials API). google-auth-library is
 * not used, because it logs a warning for every such client.
 *
 * @throws {CredentialError} if Google returns no token.
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
  throw new CredentialError(`Google refused the impersonation of ${serviceAccount} (status ${response.status}).`, {
    terminal: response.status === 403 || response.status === 404,
    retryAfter: retryAfter(response.headers, clock),
  });
}
