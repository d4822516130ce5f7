import { PrivateKeyJwt } from 'oauth4webapi';
import { checkObject, checkTexts } from '../option-checks.ts';
import { type AssertionOptions, assertionOptions, readAssertionOptions, serverOf } from './assertion.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { type PrivateKeySource, type SigningAlgorithm, SigningKeys } from './private-key.ts';

/** What `privateKeyJwt` may be given. */
export interface PrivateKeyJwtOptions extends AssertionOptions {
  /** The key id that the server knows the key by. Default: the JWK's own. */
  readonly kid?: string | undefined;
  /** Only where the key leaves a choice: RSA signs with `RS256` unless `PS256` is asked for. */
  readonly algorithm?: SigningAlgorithm | undefined;
}

/**
 * An assertion signed with a private key: `private_key_jwt` (RFC 7523, section 2.2; OpenID Connect Core 1.0, section 9).
 * Each request has a new one (`jti`), valid for 60 seconds, for the server's issuer.
 *
 * @throws {ConfigurationError} for a key that cannot sign, an RSA key under 2048 bits, or malformed options.
 */
export function privateKeyJwt(key: PrivateKeySource, given: PrivateKeyJwtOptions = {}): ClientAuthentication {
  const options = checkObject(given, 'privateKeyJwt');
  const { kid, algorithm } = options;
  checkTexts({ 'privateKeyJwt: kid': kid });
  const settings = readAssertionOptions(options, 'privateKeyJwt');
  const keys = new SigningKeys(key, algorithm);
  return {
    method: 'private_key_jwt',
    usesAuthContext: false,
    async apply(request) {
      const { key: current, kid: own } = await keys.current();
      const id = kid ?? own;
      const signer = PrivateKeyJwt(
        id === undefined ? current : { key: current, kid: id },
        assertionOptions(request, settings),
      );
      await signer(serverOf(request), { client_id: request.clientId }, request.body, request.headers);
    },
  };
}
