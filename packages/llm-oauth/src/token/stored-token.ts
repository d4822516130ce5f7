import { createHash } from 'node:crypto';
import { AccessToken, MAX_TOKEN_LENGTH } from '../bearer/access-token.ts';
import type { GrantParameters } from '../grant/grant.ts';
import { jsonObject } from '../server/endpoint.ts';
import type { TokenResponse } from './token-response.ts';

/** Maximum length of a stored value, in characters. */
const MAX_STORED_LENGTH = 1_048_576;
/** Maximum lifetime of a stored token, in milliseconds: a year, as for a fresh token, and a day for clock differences. */
const MAX_LIFETIME = 366 * 86_400_000;

/** An access token in a store. */
export interface StoredToken {
  readonly token: AccessToken;
  /** Expiry in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Time of renewal in milliseconds since the epoch, the same for all processes that share the token. */
  readonly renewAfter: number;
  /** Thumbprint of the certificate that the token is bound to (RFC 8705, section 3). */
  readonly boundTo: string | undefined;
}

/** Sets the renewal as `RenewingCredential` does: after 90 % of the lifetime, 30 seconds to 5 minutes before expiry. */
export function toStoredToken(response: TokenResponse, now: number, boundTo: string | undefined): StoredToken {
  const { token, expiresAt } = response;
  const life = expiresAt - now;
  const window = Math.min(Math.max(0.1 * life, 30_000), 300_000, life / 2);
  const requested = response.renewAfter;
  return {
    token,
    expiresAt,
    renewAfter: requested !== undefined && requested < expiresAt ? requested : expiresAt - window,
    boundTo,
  };
}

/** Serialises an access token for a store. */
export function encodeToken(stored: StoredToken): string {
  const { token, expiresAt, renewAfter, boundTo } = stored;
  return JSON.stringify({ accessToken: token.text, scope: token.scope, expiresAt, renewAfter, boundTo });
}

/**
 * Parses an access token from a store. Returns `undefined` for values in another format and for unusable tokens, so that a
 * new token is obtained. A lifetime of more than a year means that the clock was wrong when the token was stored.
 */
export function decodeToken(text: unknown, name: string, now: number): StoredToken | undefined {
  const { accessToken, scope, expiresAt, renewAfter, boundTo } = storedObject(text) ?? {};
  if (typeof expiresAt !== 'number' || typeof renewAfter !== 'number' || expiresAt > now + MAX_LIFETIME)
    return undefined;
  const token = AccessToken.tryCreate(accessToken, scope, name);
  return token && { token, expiresAt, renewAfter, boundTo: typeof boundTo === 'string' ? boundTo : undefined };
}

/** Serialises a refresh token for a store. */
export function encodeRefreshToken(refreshToken: string): string {
  return JSON.stringify({ refreshToken });
}

/** Parses a refresh token from a store. Returns `undefined` for a value that cannot be a refresh token. */
export function decodeRefreshToken(text: unknown): string | undefined {
  const token = storedObject(text)?.['refreshToken'];
  return typeof token === 'string' && isRefreshToken(token) ? token : undefined;
}

/** Returns true for a refresh token that can be used (RFC 6749, appendix A.17), of at most 65,536 characters. */
export function isRefreshToken(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && /^[\x20-\x7e]+$/.test(text);
}

/** Parses the JSON object of a stored value. Custom stores may return any value. */
function storedObject(text: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof text === 'string' && text.length <= MAX_STORED_LENGTH ? jsonObject(text) : undefined;
}

/** Returns a hash of the parts, as a key that reveals nothing about them. */
export function hashOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/**
 * Returns the cache key of the identity in a grant's parameters. JWTs are reduced to their claims without times and id,
 * which differ for each JWT. Tokens of different subjects never share a key.
 */
export function identityOf(parameters: GrantParameters): string {
  return hashOf(
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? (stableClaims(value) ?? value) : value]),
  );
}

const VOLATILE_CLAIMS = new Set(['exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce']);

function stableClaims(token: string): string | undefined {
  const parts = token.split('.');
  const claims = parts.length === 3 ? jsonObject(Buffer.from(parts[1] ?? '', 'base64url').toString()) : undefined;
  if (claims === undefined || typeof claims['sub'] !== 'string') return undefined;
  try {
    return JSON.stringify(Object.entries(claims).filter(([name]) => !VOLATILE_CLAIMS.has(name)));
  } catch {
    // The claims are nested too deeply to be serialised, so the token itself is used.
    return undefined;
  }
}
