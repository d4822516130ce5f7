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

/** An assertion that this package signs (RFC 7523, section 3). */
export interface JwtBearerAssertion {
  /** Private key that signs the assertion. */
  readonly key: PrivateKeySource;
  /** The `iss` claim: the party that signs the assertion. */
  readonly issuer: string;
  /** The `sub` claim: the account for which the token is requested. Default: the issuer. */
  readonly subject?: string | undefined;
  /** The `aud` claim. Default: the server's issuer identifier. */
  readonly audience?: AssertionAudience | undefined;
  /** Additional claims. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** Key id under which the key is registered. Default: that of the JWK. */
  readonly kid?: string | undefined;
  /** Signature algorithm of an RSA key: `RS256` (the default) or `PS256`. */
  readonly algorithm?: SigningAlgorithm | undefined;
  /** Lifetime of the assertion in milliseconds, at least 1,000. It is rounded down to seconds. Default 60,000. */
  readonly lifetime?: number | undefined;
}

/** Options of `jwtBearer`: an assertion of another party, or the key and claims to sign one for each request. */
export type JwtBearerOptions = { readonly assertion: IdentitySource } | JwtBearerAssertion;

/**
 * Creates the JWT bearer grant (RFC 7523, section 2.1). The JWT is signed with a service account's key, or by another
 * party.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, fromFile, jwtBearer, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: jwtBearer({ key: fromFile('key.pem'), issuer: 'https://robots.example', subject: 'robot-7' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if neither the assertion nor key and issuer are set, the key cannot sign, or another option
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
    throw new ConfigurationError('jwtBearer needs an `assertion`, or a `key` and an `issuer`.');
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

/** Signs the assertion. It differs from the client assertion of oauth4webapi in its claims only. */
async function sign(
  keys: SigningKeys,
  { issuer, kid, settings }: { issuer: string; kid: string | undefined; settings: AssertionOptions },
  context: GrantContext,
): Promise<string> {
  const { key, kid: jwkKid } = await keys.current();
  const body = new URLSearchParams();
  const headers = new Headers();
  const id = kid ?? jwkKid;
  const signer = PrivateKeyJwt(id === undefined ? key : { key, kid: id }, assertionOptions(context, settings));
  await signer(serverOf(context), { client_id: issuer }, body, headers);
  return body.get('client_assertion') ?? '';
}
