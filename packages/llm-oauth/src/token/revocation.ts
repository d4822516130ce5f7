import { ConfigurationError } from '@crew/core';
import { allowInsecureRequests, customFetch, revocationRequest } from 'oauth4webapi';
import type { AccessToken } from '../bearer/access-token.ts';
import type { TokenStore } from '../store/token-store.ts';
import { clientAuthenticationOf, createEndpointRequest, requestContext, type ServerCall } from './server-call.ts';
import { decodeToken, identityOf } from './stored-token.ts';
import { accessKey, type OAuthPurpose, refreshFamily, type TokenObtainer } from './token-obtainer.ts';

/**
 * Revokes the token of a purpose (RFC 7009, section 2.1) and deletes it from the store. Revokes the refresh token, with
 * which servers also revoke its access tokens, or the access token if there is no refresh token.
 */
export async function revokeTokens(details: {
  readonly call: ServerCall;
  readonly purpose: OAuthPurpose;
  readonly obtainer: TokenObtainer;
  readonly store: TokenStore;
  readonly cachedToken: AccessToken | undefined;
}): Promise<void> {
  const { call, purpose, obtainer, store, cachedToken } = details;
  const { grant } = call.settings;
  if (grant.refreshToken !== undefined) {
    const initial = await obtainer.initialRefreshToken(call);
    const family = refreshFamily(call, initial);
    await obtainer.refreshTokens.exclusively(family, call.signal, async () => {
      await requestRevocation(call, await obtainer.refreshTokens.current(family, initial), 'refresh_token');
      await obtainer.refreshTokens.forget(family);
      await store.delete(accessKey(call, purpose, family));
    });
    return;
  }
  const parameters = await grant.parameters(requestContext(call, call.server.tokenEndpoint));
  const key = accessKey(call, purpose, identityOf(parameters));
  const token = cachedToken?.text ?? decodeToken(await store.get(key), call.name, call.clock.wall())?.token.text;
  if (token === undefined) return;
  await requestRevocation(call, token, 'access_token');
  await store.delete(key);
}

/**
 * Sends a revocation request (RFC 7009, section 2). The server responds with 200 even if it does not know the token.
 *
 * @throws {CredentialError} if the token was not revoked, with the `retryAfter` of the server.
 */
async function requestRevocation(call: ServerCall, token: string, hint: string): Promise<void> {
  const { server, settings } = call;
  const authentication = clientAuthenticationOf(call);
  const alias = authentication?.usesCertificate ? server.mtlsEndpoints.revocation : undefined;
  const url = alias ?? server.revocationEndpoint;
  if (url === undefined) {
    throw new ConfigurationError('The authorization server has no revocation endpoint: set `revocationEndpoint`.');
  }
  const context = requestContext(call, url);
  const request = createEndpointRequest(call, url, 'The revocation endpoint');
  const response = await request.send(fetch =>
    revocationRequest(
      { issuer: server.issuer ?? url.href, revocation_endpoint: url.href },
      { client_id: settings.clientId ?? 'none' },
      (_server, _client, body, headers) => authentication?.apply(Object.assign(context, { body, headers })),
      token,
      {
        additionalParameters: { token_type_hint: hint },
        [customFetch]: fetch,
        [allowInsecureRequests]: url.protocol === 'http:',
      },
    ),
  );
  if (response.status !== 200) throw request.toError(response);
}
