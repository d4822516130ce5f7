import { type Clock, CredentialError, type CrewEvent, type CrewEventBase, copyOptions, excerpt } from '@crew/core';
import { type Client, processGenericTokenEndpointResponse, type TokenEndpointResponse } from 'oauth4webapi';
import { AccessToken, MAX_TOKEN_LENGTH } from '../bearer/access-token.ts';
import { jsonObject, type ServerResponse, showUrl } from '../server/endpoint.ts';

/** What a token endpoint gave. */
export interface TokenResponse {
  readonly token: AccessToken;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly renewAfter: number | undefined;
  /** Every member, for the grant's own check. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Longer lives than a year, in seconds, are taken for one. */
const MAX_LIFETIME_SECONDS = 31_536_000;
/** Most scopes that a response may grant. */
const MAX_SCOPES = 1_000;
const JSON_TYPES = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads a successful token response (RFC 6749, section 5.1). oauth4webapi checks its form; its errors hold the whole
 * response, so none of them leaves this function.
 *
 * @throws {CredentialError} when it is not what the protocol promises. Never shows the response.
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
    new CredentialError(`The answer of the token endpoint ${showUrl(url)} cannot be used: ${problem}.`);
  const type = response.headers.get('content-type') ?? '';
  if (!JSON_TYPES.test(type)) throw unusable(`its content type is ${shownType(type)}, not application/json`);
  const members = jsonObject(response.text);
  if (members === undefined) throw unusable('it is no JSON object');
  const seconds = lifetime(members['expires_in']);
  if (seconds === undefined) throw unusable('its expires_in is no positive number of seconds');
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

/** The members of a response that are used (RFC 6749, section 5.1). */
const CHECKED_MEMBERS = ['access_token', 'token_type', 'scope', 'refresh_token'];

async function checkMembers(
  members: Readonly<Record<string, unknown>>,
  url: URL,
  client: Client,
  unusable: (problem: string) => CredentialError,
): Promise<TokenEndpointResponse> {
  // Nobody logs in here: an ID token is of no use, and its keys need not be fetched. The lifetime was read already.
  // Further members may be nested as deeply as they like, and are not written again.
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

/** Digits in a string are taken for the number that they are. Without the member the default applies. */
function lifetime(value: unknown): number | 'missing' | undefined {
  if (value === undefined || value === null) return 'missing';
  const seconds = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return Math.min(seconds, MAX_LIFETIME_SECONDS);
}

/** Microsoft Entra says when to renew: seconds from now. */
function renewAfter(value: unknown, now: number): number | undefined {
  const seconds = lifetime(value);
  return typeof seconds === 'number' ? now + seconds * 1000 : undefined;
}

function shownType(type: string): string {
  return /^[\w./+-]{1,60}/.exec(type)?.[0] ?? 'missing';
}

/** The server granted less than was asked for (RFC 6749, section 5.1). The token is used all the same. */
export interface OAuthScopeEvent extends CrewEventBase {
  readonly type: 'oauth-scope';
  /** The authenticator's name. */
  readonly authenticator: string;
  readonly granted: readonly string[];
  /** What was asked for and not granted. */
  readonly missing: readonly string[];
}

declare module '@crew/core' {
  interface CrewEvents {
    'oauth-scope': OAuthScopeEvent;
  }
}

/** Tells of scopes that were not granted. A response without a scope grants what was asked for. */
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
