import { ConfigurationError } from '@crew/core';
import { PrivateKeyJwt } from 'oauth4webapi';
import {
  type AssertionAudience,
  type AssertionOptions,
  assertionOptions,
  readAssertionOptions,
} from '../client-authentication/client-assertion.ts';
import { serverOf } from '../client-authentication/client-authentication.ts';
import { type PrivateKeySource, type SigningAlgorithm, SigningKeys } from '../client-authentication/private-key.ts';
import { checkObject, checkStrings } from '../option-checks.ts';
import type { Grant, GrantContext } from './grant.ts';
import { checkIdentitySource, type IdentitySource, mayReadAuthContext, readIdentity } from './identity-source.ts';

const TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** An assertion to be signed here (RFC 7523, section 3). */
export interface JwtBearerAssertion {
  readonly key: PrivateKeySource;
  /** `iss`: who vouches. */
  readonly issuer: string;
  /** `sub`: on whose behalf. Default: the issuer. */
  readonly subject?: string | undefined;
  /** `aud`. Default: the server's issuer identifier. */
  readonly audience?: AssertionAudience | undefined;
  /** Further claims. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** The key id that the server knows the key by. Default: the JWK's own. */
  readonly kid?: string | undefined;
  /** Only for RSA keys: `RS256` (the default) or `PS256`. */
  readonly algorithm?: SigningAlgorithm | undefined;
  /** Milliseconds that it is valid, at least 1,000. Its claims have whole seconds. Default 60,000. */
  readonly lifetime?: number | undefined;
}

/** Either an assertion of somebody else's making, or what is needed to sign one for each request. */
export type JwtBearerOptions = { readonly assertion: IdentitySource } | JwtBearerAssertion;

/**
 * A JWT as the grant (RFC 7523, section 2.1): a service account's key, or a token that another party signed.
 *
 * @throws {ConfigurationError} when neither assertion nor key and issuer are given, the key cannot sign, or another option
 * is malformed.
 */
export function jwtBearer(options: JwtBearerOptions): Grant {
  const checked = checkObject(options, 'jwtBearer');
  if ('assertion' in checked) {
    const { assertion } = checked;
    checkIdentitySource(assertion, 'assertion');
    return {
      type: TYPE,
      usesAuthContext: mayReadAuthContext(assertion),
      parameters: async context => ({ assertion: await readIdentity(assertion, 'assertion', context) }),
    };
  }
  const { key, algorithm, issuer, subject = issuer, kid, audience, claims, lifetime } = checked;
  if (issuer === undefined) {
    throw new ConfigurationError('jwtBearer needs an `assertion`, or a `key` with the `issuer` that it signs for.');
  }
  checkStrings({ 'jwtBearer: issuer': issuer, 'jwtBearer: subject': subject, 'jwtBearer: kid': kid });
  const { claims: further, ...assertionSettings } = readAssertionOptions({ audience, claims, lifetime }, 'jwtBearer');
  const settings = { ...assertionSettings, claims: { ...further, iss: issuer, sub: subject } };
  const keys = new SigningKeys(key, algorithm);
  return {
    type: TYPE,
    usesAuthContext: false,
    parameters: async context => ({ assertion: await sign(keys, { issuer, kid, settings }, context) }),
  };
}

/** The client assertion of oauth4webapi has the same form; only its claims differ. */
async function sign(
  keys: SigningKeys,
  { issuer, kid, settings }: { issuer: string; kid: string | undefined; settings: AssertionOptions },
  context: GrantContext,
): Promise<string> {
  const { key, kid: own } = await keys.current();
  const body = new URLSearchParams();
  const headers = new Headers();
  const id = kid ?? own;
  const signer = PrivateKeyJwt(id === undefined ? key : { key, kid: id }, assertionOptions(context, settings));
  await signer(serverOf(context), { client_id: issuer }, body, headers);
  return body.get('client_assertion') ?? '';
}
