import { ConfigurationError, copyOptions } from '@crew/core';
import { type AuthorizationServer, type ModifyAssertionFunction, modifyAssertion } from 'oauth4webapi';
import { checkDurations, checkTexts, isPlainObject } from '../option-checks.ts';
import type { ClientRequest } from './client-authentication.ts';

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
type Addressed = Pick<ClientRequest, 'issuer' | 'tokenEndpoint' | 'now'>;

const LIFETIME = 60_000;
/** Seconds that assertions are dated back, for servers whose clock is behind. */
const BACK_DATED = 5;
/** What the key decides, and what says when an assertion is good and that it is one of its own. */
const OWN = { header: ['alg'], claims: ['exp', 'iat', 'nbf', 'jti'] } as const;

/**
 * A copy of the options, which nothing that is done to them later changes.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export function readAssertionOptions(options: AssertionOptions, what: string): AssertionOptions {
  const { audience, header, claims, lifetime } = copyOptions(options);
  checkTexts({ [`${what}: audience`]: audience });
  checkDurations({ [`${what}: lifetime`]: lifetime }, 1000);
  checkNames(header, what, 'header');
  checkNames(claims, what, 'claims');
  if (header !== undefined) checkTexts(header);
  return { audience, lifetime, header: header && { ...header }, claims: claims && copyClaims(claims, what) };
}

/** How oauth4webapi is to make the assertion of one request. Its own dates come from the machine's clock, so all are set. */
export function assertionOptions(
  request: Addressed,
  options: AssertionOptions,
): { [modifyAssertion]: ModifyAssertionFunction } {
  const audience = audienceOf(request, options.audience);
  const now = request.now();
  const seconds = Math.floor((options.lifetime ?? LIFETIME) / 1000);
  return {
    [modifyAssertion]: (header, payload) => {
      Object.assign(header, options.header);
      const dates = { iat: now - BACK_DATED, nbf: now - BACK_DATED, exp: now + seconds };
      Object.assign(payload, { aud: audience }, dates, options.claims);
    },
  };
}

/** The server as oauth4webapi wants it. */
export function serverOf(request: Addressed): AuthorizationServer {
  return { issuer: request.issuer ?? request.tokenEndpoint, token_endpoint: request.tokenEndpoint };
}

function checkNames(given: unknown, what: string, option: keyof typeof OWN): void {
  if (given === undefined) return;
  if (!isPlainObject(given)) throw new ConfigurationError(`${what}: ${option} must be an object of names and values.`);
  const own = OWN[option].find(name => Object.hasOwn(given, name));
  if (own !== undefined) throw new ConfigurationError(`${what}: ${option} may not set ${own}.`);
}

function copyClaims(claims: Readonly<Record<string, unknown>>, what: string): Readonly<Record<string, unknown>> {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(claims));
    if (isPlainObject(copy)) return copy;
  } catch {
    // Something in it has no JSON: said below.
  }
  throw new ConfigurationError(`${what}: claims must be values that JSON has.`);
}

function audienceOf(request: Addressed, audience: AssertionAudience = 'issuer'): string {
  if (audience === 'tokenEndpoint') return request.tokenEndpoint;
  if (audience !== 'issuer') return audience;
  if (request.issuer !== undefined) return request.issuer;
  throw new ConfigurationError(
    'A signed assertion needs the issuer of the authorization server as its audience: set `issuer` beside ' +
      "`tokenEndpoint`, or the assertion's `audience`.",
  );
}
