import { randomUUID } from 'node:crypto';
import { ConfigurationError, type JsonObject } from '@crew/core';
import type { ClaimOptions } from './mint-options.ts';

const LIFETIME = 300_000;
const BACKDATE = 10_000;

/** Claims that say when the token is good and that it is one of its own. They have options, or cannot be chosen. */
const OWN = ['exp', 'iat', 'nbf', 'jti'];

/** Options and the claims that they set. */
const REGISTERED = { issuer: 'iss', subject: 'sub', audience: 'aud' } as const;

/** The claims of one token. */
export interface Claims {
  readonly payload: JsonObject;
  /** `exp`, in milliseconds since the epoch by the clock that `now` came from. */
  readonly expiresAt: number;
}

/**
 * The claims of a new token. `now`: milliseconds since the epoch, by the server's clock as far as that is known. Times
 * in a token are whole seconds (RFC 7519, section 2).
 */
export function claimsOf(options: ClaimOptions, further: JsonObject, now: number): Claims {
  checkFurther(further, options);
  const { issuer, subject, audience, lifetime = LIFETIME, backdate = BACKDATE, notBefore = false } = options;
  const iat = Math.floor((now - backdate) / 1000);
  const exp = iat + Math.floor(lifetime / 1000);
  const payload: JsonObject = {
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(subject === undefined ? {} : { sub: subject }),
    ...(audience === undefined ? {} : { aud: audience }),
    ...further,
    iat,
    ...(notBefore ? { nbf: iat } : {}),
    exp,
    jti: randomUUID(),
  };
  return { payload, expiresAt: exp * 1000 };
}

/** @throws {ConfigurationError} naming the option that is wrong. */
export function checkClaimOptions(options: ClaimOptions): void {
  const { issuer, subject, audience, claims, lifetime = LIFETIME, backdate = BACKDATE } = options;
  checkStringOrUri(issuer, 'issuer');
  checkStringOrUri(subject, 'subject');
  if (Array.isArray(audience)) {
    if (audience.length === 0) throw new ConfigurationError('audience is an empty list.');
    for (const one of audience) checkStringOrUri(one ?? null, 'audience');
  } else {
    checkStringOrUri(audience, 'audience');
  }
  if (claims !== undefined && typeof claims !== 'function') checkFurther(claims, options);
  if (!isDuration(lifetime) || lifetime < 1000) {
    throw new ConfigurationError('lifetime must be a number of milliseconds, at least 1000.');
  }
  if (!isDuration(backdate)) throw new ConfigurationError('backdate must be a number of milliseconds from 0.');
  if (backdate >= lifetime) {
    throw new ConfigurationError(
      'backdate must be shorter than lifetime: the token would have expired when it is made.',
    );
  }
  if (options.notBefore !== undefined && typeof options.notBefore !== 'boolean') {
    throw new ConfigurationError('notBefore must be true or false.');
  }
}

function checkFurther(claims: unknown, options: ClaimOptions): void {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new ConfigurationError('claims must be an object of names and values, or a function that gives one.');
  }
  for (const name of OWN) {
    if (Object.hasOwn(claims, name)) {
      throw new ConfigurationError(`claims may not set ${name}: see lifetime, backdate and notBefore.`);
    }
  }
  for (const [option, name] of Object.entries(REGISTERED)) {
    if (Object.hasOwn(claims, name) && options[option as keyof typeof REGISTERED] !== undefined) {
      throw new ConfigurationError(`${name} is set twice: by ${option} and by claims.`);
    }
  }
}

/** RFC 7519, section 2: a text with a colon in it is a URI. */
function checkStringOrUri(value: unknown, option: string): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || value === '') throw new ConfigurationError(`${option} must be a non-empty string.`);
  if (value.includes(':') && !URL.canParse(value)) {
    throw new ConfigurationError(`${option} has a colon, so it must be a URI (RFC 7519, section 2), and it is none.`);
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
