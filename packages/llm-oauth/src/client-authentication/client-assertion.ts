import { ConfigurationError, copyOptions } from '@crew/core';
import { type ModifyAssertionFunction, modifyAssertion, PrivateKeyJwt } from 'oauth4webapi';
import {
  checkIdentitySource,
  type IdentitySource,
  mayReadAuthContext,
  readIdentity,
} from '../grant/identity-source.ts';
import { checkDurations, checkObject, checkStrings, isPlainObject } from '../option-checks.ts';
import { type ClientAuthentication, type ClientRequest, serverOf } from './client-authentication.ts';
import { type PrivateKeySource, type SigningAlgorithm, SigningKeys } from './private-key.ts';

/**
 * An assertion that somebody else signed (RFC 7521, section 4.2): the identity token of a Kubernetes pod or a CI job,
 * where the server trusts its issuer. This is how workload federation replaces a client secret.
 *
 * @throws {ConfigurationError} when `assertion` is no string and no function.
 */
export function clientAssertion(assertion: IdentitySource): ClientAuthentication {
  checkIdentitySource(assertion, 'clientAssertion');
  return {
    method: 'private_key_jwt',
    usesAuthContext: mayReadAuthContext(assertion),
    async apply(request) {
      request.body.set('client_id', request.clientId);
      request.body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      request.body.set('client_assertion', await readIdentity(assertion, 'clientAssertion', request));
    },
  };
}

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
export function privateKeyJwt(key: PrivateKeySource, options: PrivateKeyJwtOptions = {}): ClientAuthentication {
  const checked = checkObject(options, 'privateKeyJwt');
  const { kid, algorithm } = checked;
  checkStrings({ 'privateKeyJwt: kid': kid });
  const settings = readAssertionOptions(checked, 'privateKeyJwt');
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

/**
 * Whom an assertion is for: `issuer`, the server's issuer identifier, as the revision of RFC 7523 demands;
 * `tokenEndpoint`, that URL, as older servers want; or any other value as it is.
 */
export type AssertionAudience = 'issuer' | 'tokenEndpoint' | (string & {});

/** What an assertion may be given beside its key. */
export interface AssertionOptions {
  /** Its `aud`. Default `issuer`. */
  readonly audience?: AssertionAudience | undefined;
  /** Further header parameters, such as `x5t#S256`. */
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** Further claims. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds that it is valid, at least 1,000. Its claims have whole seconds. Default 60,000. */
  readonly lifetime?: number | undefined;
}

/** What an assertion needs to know of its request. */
type AssertionRequest = Pick<ClientRequest, 'issuer' | 'tokenEndpoint' | 'now'>;

const DEFAULT_LIFETIME = 60_000;
/** Seconds that assertions are dated back, for servers whose clock is behind. */
const BACKDATE_SECONDS = 5;
/** What the key decides, and what says when an assertion is good and that it is one of its own. */
const RESERVED = { header: ['alg'], claims: ['exp', 'iat', 'nbf', 'jti'] } as const;

/**
 * A copy of the options, which nothing that is done to them later changes.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export function readAssertionOptions(options: AssertionOptions, subject: string): AssertionOptions {
  const { audience, header, claims, lifetime } = copyOptions(options);
  checkStrings({ [`${subject}: audience`]: audience });
  checkDurations({ [`${subject}: lifetime`]: lifetime }, 1000);
  checkReserved(header, subject, 'header');
  checkReserved(claims, subject, 'claims');
  if (header !== undefined) checkStrings(header);
  return { audience, lifetime, header: header && { ...header }, claims: claims && copyClaims(claims, subject) };
}

/** How oauth4webapi is to make the assertion of one request. Its own dates come from the machine's clock, so all are set. */
export function assertionOptions(
  request: AssertionRequest,
  options: AssertionOptions,
): { [modifyAssertion]: ModifyAssertionFunction } {
  const audience = audienceOf(request, options.audience);
  const now = request.now();
  const seconds = Math.floor((options.lifetime ?? DEFAULT_LIFETIME) / 1000);
  return {
    [modifyAssertion]: (header, payload) => {
      Object.assign(header, options.header);
      const dates = { iat: now - BACKDATE_SECONDS, nbf: now - BACKDATE_SECONDS, exp: now + seconds };
      Object.assign(payload, { aud: audience }, dates, options.claims);
    },
  };
}

function checkReserved(value: unknown, subject: string, option: keyof typeof RESERVED): void {
  if (value === undefined) return;
  if (!isPlainObject(value))
    throw new ConfigurationError(`${subject}: ${option} must be an object of names and values.`);
  const own = RESERVED[option].find(name => Object.hasOwn(value, name));
  if (own !== undefined) throw new ConfigurationError(`${subject}: ${option} may not set ${own}.`);
}

function copyClaims(claims: Readonly<Record<string, unknown>>, subject: string): Readonly<Record<string, unknown>> {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(claims));
    if (isPlainObject(copy)) return copy;
  } catch {
    // Something in it has no JSON: said below.
  }
  throw new ConfigurationError(`${subject}: claims must be values that JSON has.`);
}

function audienceOf(request: AssertionRequest, audience: AssertionAudience = 'issuer'): string {
  if (audience === 'tokenEndpoint') return request.tokenEndpoint;
  if (audience !== 'issuer') return audience;
  if (request.issuer !== undefined) return request.issuer;
  throw new ConfigurationError(
    'A signed assertion needs the issuer of the authorization server as its audience: set `issuer` beside ' +
      "`tokenEndpoint`, or the assertion's `audience`.",
  );
}
