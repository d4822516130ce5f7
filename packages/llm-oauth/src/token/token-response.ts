import { type Clock, CredentialError, type CrewEvent, type CrewEventBase, copyOptions, excerpt } from '@crew/core';
import { type Client, processGenericTokenEndpointResponse, type TokenEndpointResponse } from 'oauth4webapi';
import { AccessToken, LONGEST_TOKEN } from '../bearer/access-token.ts';
import { jsonObject, type ServerResponse, shownUrl } from '../server/endpoint.ts';

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
const LONGEST = 31_536_000;
/** Most scopes that a response may grant. */
const MOST_SCOPES = 1_000;
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
  const wrong = (complaint: string): CredentialError =>
    new CredentialError(`The answer of the token endpoint ${shownUrl(url)} cannot be used: ${complaint}.`);
  const type = response.headers.get('content-type') ?? '';
  if (!JSON_TYPES.test(type)) throw wrong(`its content type is ${shownType(type)}, not application/json`);
  const members = jsonObject(response.text);
  if (members === undefined) throw wrong('it is no JSON object');
  const seconds = lifetime(members['expires_in']);
  if (seconds === undefined) throw wrong('its expires_in is no positive number of seconds');
  const checked = await check(members, url, client, wrong);
  if (checked.access_token.length > LONGEST_TOKEN) throw wrong(`its token is longer than ${LONGEST_TOKEN} characters`);
  if ((checked.scope?.split(' ', MOST_SCOPES + 1).length ?? 0) > MOST_SCOPES) {
    throw wrong(`its scope has more than ${MOST_SCOPES} values`);
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
const CHECKED = ['access_token', 'token_type', 'scope', 'refresh_token'];

async function check(
  members: Readonly<Record<string, unknown>>,
  url: URL,
  client: Client,
  wrong: (complaint: string) => CredentialError,
): Promise<TokenEndpointResponse> {
  // Nobody logs in here: an ID token is of no use, and its keys need not be fetched. The lifetime was read already.
  // Further members may be nested as deeply as they like, and are not written again.
  const relevant = Object.fromEntries(
    CHECKED.flatMap(name => {
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
    const said = thrown instanceof Error ? excerpt(thrown.message).replace('"response" body ', '') : 'malformed';
    throw wrong(said.includes('token_type') && said.includes('unsupported') ? 'its token_type is not Bearer' : said);
  }
}

/** Digits in a string are taken for the number that they are. Without the member the default applies. */
function lifetime(value: unknown): number | 'missing' | undefined {
  if (value === undefined || value === null) return 'missing';
  const seconds = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return Math.min(seconds, LONGEST);
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
  asked: string | undefined,
  granted: string | undefined,
  to: { readonly name: string; readonly clock: Clock; emit(event: CrewEvent): void },
): void {
  if (asked === undefined || granted === undefined) return;
  const given = new Set(granted.split(' ').filter(scope => scope !== ''));
  const missing = asked.split(' ').filter(scope => scope !== '' && !given.has(scope));
  if (missing.length === 0) return;
  to.emit({ type: 'oauth-scope', authenticator: to.name, granted: [...given], missing, at: to.clock.wall() });
}
