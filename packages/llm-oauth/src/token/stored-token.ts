import { createHash } from 'node:crypto';
import { AccessToken, MAX_TOKEN_LENGTH } from '../bearer/access-token.ts';
import type { GrantParameters } from '../grant/grant.ts';
import { jsonObject } from '../server/endpoint.ts';
import type { TokenResponse } from './token-response.ts';

/** Longest text of a store that is read, in characters. */
const MAX_STORED_LENGTH = 1_048_576;
/** Longest life of a stored token, in milliseconds: a year, as for a fresh one, and a day for clocks that differ. */
const MAX_LIFETIME = 366 * 86_400_000;

/** An access token as a store keeps it. */
export interface StoredToken {
  readonly token: AccessToken;
  readonly expiresAt: number;
  /** When it is due for renewal: one window for all who share the token. */
  readonly renewAfter: number;
  /** The certificate that it is bound to (RFC 8705, section 3), by its thumbprint. */
  readonly boundTo: string | undefined;
}

/** As `RenewingCredential` has it: a tenth of its life before the end, at least 30 seconds, at most 5 minutes. */
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

export function encodeToken(stored: StoredToken): string {
  const { token, expiresAt, renewAfter, boundTo } = stored;
  return JSON.stringify({ accessToken: token.text, scope: token.scope, expiresAt, renewAfter, boundTo });
}

/**
 * Reads an access token from a store. Returns `undefined` for what another version, or somebody else, wrote, and for a token
 * that could not be sent: a new one is obtained then. One that would live for more than a year was stored while the clock
 * was wrong.
 */
export function decodeToken(text: unknown, name: string, now: number): StoredToken | undefined {
  const { accessToken, scope, expiresAt, renewAfter, boundTo } = storedObject(text) ?? {};
  if (typeof expiresAt !== 'number' || typeof renewAfter !== 'number' || expiresAt > now + MAX_LIFETIME)
    return undefined;
  const token = AccessToken.tryCreate(accessToken, scope, name);
  return token && { token, expiresAt, renewAfter, boundTo: typeof boundTo === 'string' ? boundTo : undefined };
}

/** A refresh token as a store keeps it. */
export function encodeRefreshToken(refreshToken: string): string {
  return JSON.stringify({ refreshToken });
}

/** Reads a refresh token from a store. Returns `undefined` for anything that no server could have given. */
export function decodeRefreshToken(text: unknown): string | undefined {
  const token = storedObject(text)?.['refreshToken'];
  return typeof token === 'string' && isRefreshToken(token) ? token : undefined;
}

/** Returns true for a refresh token that can be used (RFC 6749, appendix A.17), of at most 65,536 characters. */
export function isRefreshToken(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && /^[\x20-\x7e]+$/.test(text);
}

/** A store of somebody's own may give anything. */
function storedObject(text: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof text === 'string' && text.length <= MAX_STORED_LENGTH ? jsonObject(text) : undefined;
}

/** A key that says nothing about what it is made of. */
export function hashOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/**
 * Who is behind the parameters of a grant: a JWT by its claims without the times and the id, which differ for each
 * issue; anything else by its hash. Tokens of different subjects never share a key.
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
    // Nested too deeply to be written: the token stands for itself.
    return undefined;
  }
}
