import { randomUUID } from 'node:crypto';
import { ConfigurationError, type JsonObject } from '@crew/core';
import type { TenantContext } from '../source/token-source.ts';

/** Argument of a function that computes claims. */
export interface ClaimsContext extends TenantContext {
  /** Aborted when no caller waits for the token any more. */
  readonly signal: AbortSignal;
}

/** Options for the claims of a token and its lifetime. */
export interface ClaimOptions {
  /** The `iss` claim: a string, which must be a URI if it contains a colon (RFC 7519, section 4.1.1). */
  readonly issuer?: string | undefined;
  /** The `sub` claim, in the same form as `iss`. */
  readonly subject?: string | undefined;
  /** The `aud` claim. A string is sent as a string, a list as a list. */
  readonly audience?: string | readonly string[] | undefined;
  /** Further claims, or a function that computes them for each token. */
  readonly claims?: JsonObject | ((context: ClaimsContext) => JsonObject | Promise<JsonObject>) | undefined;
  /** Time from `iat` to `exp`, in milliseconds. Default 300,000. */
  readonly lifetime?: number | undefined;
  /**
   * Time by which `iat` lies in the past, in milliseconds, for servers whose clock is behind. It is part of the lifetime.
   * Default 10,000.
   */
  readonly backdate?: number | undefined;
  /** Sends `nbf` with the same value as `iat`. Default false. */
  readonly notBefore?: boolean | undefined;
}

const DEFAULT_LIFETIME = 300_000;
const DEFAULT_BACKDATE = 10_000;

/** Claims about the validity and identity of the token. They have their own options, or cannot be set. */
const RESERVED_CLAIMS = ['exp', 'iat', 'nbf', 'jti'];

/** Options and the claims that they set. */
const CLAIM_OF_OPTION = { issuer: 'iss', subject: 'sub', audience: 'aud' } as const;

/** Claims of one token. */
export interface TokenClaims {
  readonly payload: JsonObject;
  /** The `exp` claim in milliseconds since the epoch, by the same clock as `now`. */
  readonly expiresAt: number;
}

/**
 * Builds the claims of a new token. Times in a token are whole seconds (RFC 7519, section 2).
 *
 * @param now The estimated time of the server, in milliseconds since the epoch.
 * @throws {ConfigurationError} if the custom claims contain a reserved claim, or one that an option sets.
 */
export function buildClaims(options: ClaimOptions, customClaims: JsonObject, now: number): TokenClaims {
  checkCustomClaims(customClaims, options);
  const { issuer, subject, audience, notBefore = false } = options;
  const { lifetime = DEFAULT_LIFETIME, backdate = DEFAULT_BACKDATE } = options;
  const iat = Math.floor((now - backdate) / 1000);
  const exp = iat + Math.floor(lifetime / 1000);
  const payload: JsonObject = {
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(subject === undefined ? {} : { sub: subject }),
    ...(audience === undefined ? {} : { aud: audience }),
    ...customClaims,
    iat,
    ...(notBefore ? { nbf: iat } : {}),
    exp,
    jti: randomUUID(),
  };
  return { payload, expiresAt: exp * 1000 };
}

/** @throws {ConfigurationError} naming the invalid option. */
export function checkClaimOptions(options: ClaimOptions): void {
  const { issuer, subject, audience, claims, lifetime = DEFAULT_LIFETIME, backdate = DEFAULT_BACKDATE } = options;
  checkStringOrUri(issuer, 'issuer');
  checkStringOrUri(subject, 'subject');
  if (Array.isArray(audience)) {
    if (audience.length === 0) throw new ConfigurationError('audience is an empty list.');
    for (const one of audience) checkStringOrUri(one ?? null, 'audience');
  } else {
    checkStringOrUri(audience, 'audience');
  }
  if (claims !== undefined && typeof claims !== 'function') checkCustomClaims(claims, options);
  if (!isDuration(lifetime) || lifetime < 1000) {
    throw new ConfigurationError('lifetime must be a number of milliseconds, at least 1000.');
  }
  if (!isDuration(backdate)) throw new ConfigurationError('backdate must be a non-negative number of milliseconds.');
  if (backdate >= lifetime) {
    throw new ConfigurationError(
      'backdate must be shorter than lifetime, or the token would be expired when it is made.',
    );
  }
  if (options.notBefore !== undefined && typeof options.notBefore !== 'boolean') {
    throw new ConfigurationError('notBefore must be true or false.');
  }
}

function checkCustomClaims(claims: unknown, options: ClaimOptions): void {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new ConfigurationError('claims must be an object of names and values, or a function that returns one.');
  }
  for (const name of RESERVED_CLAIMS) {
    if (Object.hasOwn(claims, name)) {
      throw new ConfigurationError(`claims must not set ${name}. Use lifetime, backdate and notBefore.`);
    }
  }
  for (const [option, name] of Object.entries(CLAIM_OF_OPTION)) {
    if (Object.hasOwn(claims, name) && options[option as keyof typeof CLAIM_OF_OPTION] !== undefined) {
      throw new ConfigurationError(`${name} is set twice: by ${option} and by claims.`);
    }
  }
}

/** Checks a StringOrURI value (RFC 7519, section 2): a string that contains a colon must be a URI. */
function checkStringOrUri(value: unknown, option: string): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || value === '') throw new ConfigurationError(`${option} must be a non-empty string.`);
  if (value.includes(':') && !URL.canParse(value)) {
    throw new ConfigurationError(
      `${option} contains a colon but is not a URI (RFC 7519, section 2). Use a URI, or a string without a colon.`,
    );
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
