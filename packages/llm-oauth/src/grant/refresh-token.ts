import type { Grant } from './grant.ts';
import { checkIdentitySource, type IdentitySource, mayReadAuthContext } from './identity-source.ts';

/**
 * A refresh token that a login elsewhere gave (RFC 6749, section 6). When the server replaces it, the new one is stored
 * before it is used and the old one is discarded; give a `store` that outlives the process, or the one that is given
 * here will be a used one after a restart. A different `token` than before counts as a new login.
 *
 * @throws {ConfigurationError} for a token that is empty, not visible ASCII, or no string and no function.
 */
export function refreshToken(token: IdentitySource): Grant {
  checkIdentitySource(token, 'refreshToken');
  // In a closure, so that printing the grant does not print the token.
  return {
    type: 'refresh_token',
    parameters: () => ({}),
    usesAuthContext: mayReadAuthContext(token),
    refreshToken: typeof token === 'string' ? () => token : token,
  };
}
