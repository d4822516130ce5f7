import { createHash } from 'node:crypto';
import { AccessToken } from '../bearer/access-token.ts';
import type { GrantParameters } from '../grant/grant.ts';
import { jsonObject } from '../server/server-response.ts';
import type { TokenResponse } from './token-response.ts';

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
export function toStored(response: TokenResponse, now: number, boundTo: string | undefined): StoredToken {
  const { token, expiresAt } = response;
  const life = expiresAt - now;
  const window = Math.min(Math.max(0.1 * life, 30_000), 300_000, life / 2);
  const asked = response.renewAfter;
  return {
    token,
    expiresAt,
    renewAfter: asked !== undefined && asked < expiresAt ? asked : expiresAt - window,
    boundTo,
  };
}

export function encodeToken(stored: StoredToken): string {
  const { token, expiresAt, renewAfter, boundTo } = stored;
  return JSON.stringify({ accessToken: token.text, scope: token.scope, expiresAt, renewAfter, boundTo });
}

/** `undefined` for what another version, or somebody else, wrote. */
export function decodeToken(text: string | undefined, name: string): StoredToken | undefined {
  const { accessToken, scope, expiresAt, renewAfter, boundTo } = jsonObject(text ?? '') ?? {};
  if (typeof accessToken !== 'string' || typeof expiresAt !== 'number' || typeof renewAfter !== 'number')
    return undefined;
  const token = new AccessToken(accessToken, typeof scope === 'string' ? scope : undefined, name);
  return { token, expiresAt, renewAfter, boundTo: typeof boundTo === 'string' ? boundTo : undefined };
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
      .map(([name, value]) => [name, typeof value === 'string' ? (lastingClaims(value) ?? value) : value]),
  );
}

const PASSING_CLAIMS = new Set(['exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce']);

function lastingClaims(token: string): string | undefined {
  const parts = token.split('.');
  const claims = parts.length === 3 ? jsonObject(Buffer.from(parts[1] ?? '', 'base64url').toString()) : undefined;
  if (claims === undefined || typeof claims['sub'] !== 'string') return undefined;
  try {
    return JSON.stringify(Object.entries(claims).filter(([name]) => !PASSING_CLAIMS.has(name)));
  } catch {
    // Nested too deeply to be written: the token stands for itself.
    return undefined;
  }
}
