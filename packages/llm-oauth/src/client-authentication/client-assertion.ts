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
 * Creates client authentication by an assertion that another party signed (RFC 7521, section 4.2), such as the identity
 * token of a Kubernetes pod or a CI job. The server must trust its issuer. Workload identity federation replaces a client
 * secret in this way.
 *
 * @example
 * ```ts no-run
 * import { clientAssertion, kubernetesToken, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientAssertion(kubernetesToken()),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if `assertion` is neither a string nor a function.
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

/** Options of `privateKeyJwt`. */
export interface PrivateKeyJwtOptions extends AssertionOptions {
  /** Key id under which the key is registered. Default: that of the JWK. */
  readonly kid?: string | undefined;
  /** Signature algorithm of an RSA key: `RS256` (the default) or `PS256`. Other keys have one algorithm. */
  readonly algorithm?: SigningAlgorithm | undefined;
}

/**
 * Creates client authentication by an assertion signed with a private key: `private_key_jwt` (RFC 7523, section 2.2;
 * OpenID Connect Core 1.0, section 9). Each request has a new assertion (`jti`), by default valid for 60 seconds and
 * addressed to the server's issuer.
 *
 * @example
 * ```ts no-run
 * import { fromFile, OAuthLLM, privateKeyJwt } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: privateKeyJwt(fromFile('key.pem'), { kid: 'crew-1' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
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
      const { key: current, kid: jwkKid } = await keys.current();
      const id = kid ?? jwkKid;
      const signer = PrivateKeyJwt(
        id === undefined ? current : { key: current, kid: id },
        assertionOptions(request, settings),
      );
      await signer(serverOf(request), { client_id: request.clientId }, request.body, request.headers);
    },
  };
}

/**
 * Audience of an assertion: `issuer` for the server's issuer identifier, as the revision of RFC 7523 demands;
 * `tokenEndpoint` for that URL, as older servers demand; any other value is used unchanged.
 */
export type AssertionAudience = 'issuer' | 'tokenEndpoint' | (string & {});

/** Options of a signed assertion. */
export interface AssertionOptions {
  /** The `aud` claim. Default `issuer`. */
  readonly audience?: AssertionAudience | undefined;
  /** Additional header parameters, such as `x5t#S256`. */
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** Additional claims. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** Lifetime of the assertion in milliseconds, at least 1,000. It is rounded down to seconds. Default 60,000. */
  readonly lifetime?: number | undefined;
}

/** The part of a request that its assertion depends on. */
type AssertionRequest = Pick<ClientRequest, 'issuer' | 'tokenEndpoint' | 'now'>;

const DEFAULT_LIFETIME = 60_000;
/** Seconds by which assertions are backdated, for servers whose clock is behind. */
const BACKDATE_SECONDS = 5;
/** Names that options may not set: the algorithm follows from the key, times and id are set for each assertion. */
const RESERVED = { header: ['alg'], claims: ['exp', 'iat', 'nbf', 'jti'] } as const;

/**
 * Checks and copies the options. Later changes to the original have no effect.
 *
 * @throws {ConfigurationError} naming the invalid option.
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

/** Returns the options of oauth4webapi for the assertion of a request. They replace its dates, which use the system clock. */
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
  const reserved = RESERVED[option].find(name => Object.hasOwn(value, name));
  if (reserved !== undefined) throw new ConfigurationError(`${subject}: ${option} may not set ${reserved}.`);
}

function copyClaims(claims: Readonly<Record<string, unknown>>, subject: string): Readonly<Record<string, unknown>> {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(claims));
    if (isPlainObject(copy)) return copy;
  } catch {
    // The error below covers values that JSON cannot represent.
  }
  throw new ConfigurationError(`${subject}: claims must consist of JSON values.`);
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
