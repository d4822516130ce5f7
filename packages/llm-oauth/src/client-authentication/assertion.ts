import { ConfigurationError } from '@crew/core';
import { type AuthorizationServer, type ModifyAssertionFunction, modifyAssertion } from 'oauth4webapi';
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
  /** Seconds that it is valid. Default 60. */
  readonly lifetime?: number | undefined;
}

/** What an assertion needs to know of its request. */
type Addressed = Pick<ClientRequest, 'issuer' | 'tokenEndpoint' | 'now'>;

/** Seconds that assertions are dated back, for servers whose clock is behind. */
const BACK_DATED = 5;

/** How oauth4webapi is to make the assertion of one request. Its own dates come from the machine's clock, so all are set. */
export function assertionOptions(
  request: Addressed,
  options: AssertionOptions,
): { [modifyAssertion]: ModifyAssertionFunction } {
  const audience = audienceOf(request, options.audience);
  const now = request.now();
  return {
    [modifyAssertion]: (header, payload) => {
      Object.assign(header, options.header);
      const dates = { iat: now - BACK_DATED, nbf: now - BACK_DATED, exp: now + (options.lifetime ?? 60) };
      Object.assign(payload, { aud: audience }, dates, options.claims);
    },
  };
}

/** The server as oauth4webapi wants it. */
export function serverOf(request: Addressed): AuthorizationServer {
  return { issuer: request.issuer ?? request.tokenEndpoint, token_endpoint: request.tokenEndpoint };
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
