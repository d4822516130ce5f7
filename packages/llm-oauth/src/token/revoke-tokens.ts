import type { AccessToken } from '../bearer/access-token.ts';
import type { TokenStore } from '../store/token-store.ts';
import { requestRevocation } from './request-revocation.ts';
import type { ServerCall } from './server-call.ts';
import { contextOf } from './server-call.ts';
import { decodeToken, identityOf } from './stored-token.ts';
import { accessKey, type OAuthPurpose, refreshFamily, type TokenObtainer } from './token-obtainer.ts';

/**
 * Revokes what was obtained for a purpose (RFC 7009, section 2.1), then forgets it: the refresh token, with which servers
 * end its access tokens too; the access token where there is no other.
 */
export async function revokeTokens(details: {
  readonly call: ServerCall;
  readonly purpose: OAuthPurpose;
  readonly obtainer: TokenObtainer;
  readonly store: TokenStore;
  readonly held: AccessToken | undefined;
}): Promise<void> {
  const { call, purpose, obtainer, store, held } = details;
  const { grant } = call.settings;
  if (grant.refreshToken !== undefined) {
    const initial = await obtainer.refreshTokenOf(call);
    const family = refreshFamily(call, initial);
    await obtainer.refreshTokens.exclusively(family, call.signal, async () => {
      await requestRevocation(call, await obtainer.refreshTokens.current(family, initial), 'refresh_token');
      await obtainer.refreshTokens.forget(family);
      await store.delete(accessKey(call, purpose, family));
    });
    return;
  }
  const parameters = await grant.parameters(contextOf(call, call.server.tokenEndpoint));
  const key = accessKey(call, purpose, identityOf(parameters));
  const token = held?.text ?? decodeToken(await store.get(key), call.name, call.clock.wall())?.token.text;
  if (token === undefined) return;
  await requestRevocation(call, token, 'access_token');
  await store.delete(key);
}
