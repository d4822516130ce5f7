import { type Clock, CredentialError, type CrewEvent, type CrewEventBase, copyOptions, excerpt } from '@crew/core';
import { type Client, processGenericTokenEndpointResponse, type TokenEndpointResponse } from 'oauth4webapi';
import { AccessToken, MAX_TOKEN_LENGTH } from '../bearer/access-token.ts';
import { jsonObject, type ServerResponse, showUrl } from '../server/endpoint.ts';

/** A successful response of a token endpoint. */
export interface TokenResponse {
  readonly token: AccessToken;
  /** Expiry in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Time of renewal in milliseconds since the epoch, if the server suggests one. */
  readonly renewAfter: number | undefined;
  /** All members, for the check of the grant. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Maximum lifetime of a token, in seconds: one year. Longer ones are reduced to it. */
const MAX_LIFETIME_SECONDS = 31_536_000;
/** Maximum number of scopes in a response. */
const MAX_SCOPES = 1_000;
const JSON_TYPES = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/**
 * Parses a successful token response (RFC 6749, section 5.1). oauth4webapi checks it. Its errors contain the whole
 * response, so this function does not pass them on.
 *
 * @throws {CredentialError} for an invalid response. It never shows the response.
 */
export async function readTokenResponse(
  response: ServerResponse,
  details: {
    readonly url: URL;
    readonly client: Client;
    readonly clock: Clock;
    readonly defaultLifetime: number;
    readonly name: string;
  },
): Promise<TokenResponse> {
  const { url, client, clock, defaultLifetime, name } = details;
  const unusable = (problem: string): CredentialError =>
    new CredentialError(`The response of the token endpoint ${showUrl(url)} cannot be used: ${problem}.`);
  const type = response.headers.get('content-type') ?? '';
  if (!JSON_TYPES.test(type)) throw unusable(`its content type is ${shownType(type)}, not application/json`);
  const members = jsonObject(response.text);
  if (members === undefined) throw unusable('it is not a JSON object');
  const seconds = lifetime(members['expires_in']);
  if (seconds === undefined) throw unusable('its expires_in is not a positive number of seconds');
  const checked = await checkMembers(members, url, client, unusable);
  if (checked.access_token.length > MAX_TOKEN_LENGTH)
    throw unusable(`its token is longer than ${MAX_TOKEN_LENGTH} characters`);
  if ((checked.scope?.split(' ', MAX_SCOPES + 1).length ?? 0) > MAX_SCOPES) {
    throw unusable(`its scope has more than ${MAX_SCOPES} values`);
  }
  const now = clock.wall();
  return {
    token: new AccessToken(checked.access_token, checked.scope, name),
    expiresAt: now + (seconds === 'missing' ? defaultLifetime : seconds * 1000),
    renewAfter: renewAfter(members['refresh_in'], now),
    members,
  };
}

/** Members of a response that oauth4webapi checks (RFC 6749, section 5.1). */
const CHECKED_MEMBERS = ['access_token', 'token_type', 'scope', 'refresh_token'];

async function checkMembers(
  members: Readonly<Record<string, unknown>>,
  url: URL,
  client: Client,
  unusable: (problem: string) => CredentialError,
): Promise<TokenEndpointResponse> {
  // Without a login an ID token has no use, so its keys need not be fetched. The lifetime is already parsed. Other members
  // may be nested too deeply to be serialised.
  const relevant = Object.fromEntries(
    CHECKED_MEMBERS.flatMap(name => {
      const value = members[name];
      if (value === undefined || value === null) return [];
      return [[name, typeof value === 'object' ? {} : value]];
    }),
  );
  const copy = new Response(JSON.stringify(relevant), { headers: { 'content-type': 'application/json' } });
  try {
    const checked = await processGenericTokenEndpointResponse({ issuer: url.href }, client, copy);
    if (checked.token_type !== 'bearer') throw new Error('unsupported `token_type` value');
    return copyOptions(checked);
  } catch (thrown) {
    const problem = thrown instanceof Error ? excerpt(thrown.message).replace('"response" body ', '') : 'malformed';
    throw unusable(
      problem.includes('token_type') && problem.includes('unsupported') ? 'its token_type is not Bearer' : problem,
    );
  }
}

/** Parses a number of seconds, also from a string of digits. */
function lifetime(value: unknown): number | 'missing' | undefined {
  if (value === undefined || value === null) return 'missing';
  const seconds = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return Math.min(seconds, MAX_LIFETIME_SECONDS);
}

/** Parses `refresh_in`, in which Microsoft Entra suggests the time of renewal, in seconds from now. */
function renewAfter(value: unknown, now: number): number | undefined {
  const seconds = lifetime(value);
  return typeof seconds === 'number' ? now + seconds * 1000 : undefined;
}

function shownType(type: string): string {
  return /^[\w./+-]{1,60}/.exec(type)?.[0] ?? 'missing';
}

/** Emitted when the server granted fewer scopes than requested (RFC 6749, section 5.1). The token is used. */
export interface OAuthScopeEvent extends CrewEventBase {
  readonly type: 'oauth-scope';
  /** Name of the authenticator. */
  readonly authenticator: string;
  /** Scopes that were granted. */
  readonly granted: readonly string[];
  /** Scopes that were requested but not granted. */
  readonly missing: readonly string[];
}

declare module '@crew/core' {
  interface CrewEvents {
    'oauth-scope': OAuthScopeEvent;
  }
}

/** Reports scopes that were not granted. A response without a scope grants the requested one. */
export function reportScope(
  requested: string | undefined,
  granted: string | undefined,
  target: { readonly name: string; readonly clock: Clock; emit(event: CrewEvent): void },
): void {
  if (requested === undefined || granted === undefined) return;
  const grantedScopes = new Set(granted.split(' ').filter(scope => scope !== ''));
  const missing = requested.split(' ').filter(scope => scope !== '' && !grantedScopes.has(scope));
  if (missing.length === 0) return;
  target.emit({
    type: 'oauth-scope',
    authenticator: target.name,
    granted: [...grantedScopes],
    missing,
    at: target.clock.wall(),
  });
}
