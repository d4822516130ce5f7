import { ConfigurationError, copyOptions } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { type ClientAuthentication, publicClient } from './client-authentication/client-authentication.ts';
import { clientSecretBasic, clientSecretJwt, clientSecretPost } from './client-authentication/client-secret.ts';
import { clientCredentials, copyParameters, type Grant, type GrantParameters } from './grant/grant.ts';
import { checkTexts } from './option-checks.ts';
import type { AuthorizationServer, DiscoveryKind, ServerSettings } from './server/discovery.ts';
import { checkIssuer, endpointUrl } from './server/endpoint.ts';

/** Which token is asked for, where, and by whom. */
export interface OAuthSettings {
  /** The server's issuer identifier, exactly as it calls itself. Its metadata are read, unless `tokenEndpoint` is given. */
  readonly issuer?: string | undefined;
  /** Which metadata: RFC 8414 or OpenID Connect Discovery. Default: the first, and the second where the server has none. */
  readonly discovery?: DiscoveryKind | undefined;
  /** The token endpoint. When it is given nothing is discovered. */
  readonly tokenEndpoint?: string | undefined;
  /** Where `revoke()` revokes (RFC 7009). Default: from the metadata. */
  readonly revocationEndpoint?: string | undefined;
  /** Origins beside the issuer's own site that its metadata may name for endpoints. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Needed for every grant but those that carry an identity of their own. */
  readonly clientId?: string | undefined;
  /** Sent as the metadata say (RFC 8414, `token_endpoint_auth_methods_supported`), by default as `client_secret_basic`. */
  readonly clientSecret?: Secret | undefined;
  /** How the client proves its identity, in place of `clientSecret`. Default: `publicClient()`, not for client credentials. */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /** Default: `clientCredentials()`. */
  readonly grant?: Grant | undefined;
  /** Scopes: a list, or separated by spaces (RFC 6749, section 3.3). */
  readonly scope?: string | readonly string[] | undefined;
  /** Resource indicators (RFC 8707): absolute URIs without fragment. */
  readonly resource?: string | readonly string[] | undefined;
  /** The audience (RFC 8693, and servers that know it in other grants). */
  readonly audience?: string | readonly string[] | undefined;
  /** Further parameters of the token request. */
  readonly parameters?: GrantParameters | undefined;
}

/** Settings after every check. */
export interface Resolved extends ServerSettings {
  readonly clientId: string | undefined;
  readonly authenticationFor: (server: AuthorizationServer) => ClientAuthentication | undefined;
  /** Whether the client proves who it is. */
  readonly isProven: boolean;
  readonly grant: Grant;
  readonly scope: string | undefined;
  readonly resources: readonly string[];
  readonly audiences: readonly string[];
  readonly parameters: GrantParameters;
}

/** @throws {ConfigurationError} for settings that contradict each other, or are incomplete or malformed. */
export function resolveSettings(given: OAuthSettings): Resolved {
  const settings = copyOptions(given);
  const { clientId, grant = clientCredentials(), parameters = {} } = settings;
  checkTexts({ clientId });
  checkGrant(grant);
  const server = serverByHand(settings);
  const issuer = settings.issuer === undefined ? undefined : checkIssuer(settings.issuer, 'issuer');
  if (server === undefined && issuer === undefined) {
    throw new ConfigurationError('oauth needs to know the authorization server: set `issuer` or `tokenEndpoint`.');
  }
  return {
    server,
    discovery:
      server !== undefined || issuer === undefined
        ? undefined
        : { issuer, kind: kindOf(settings.discovery), trustedOrigins: originsOf(settings.trustedOrigins) },
    revocationEndpoint: optionalUrl(settings.revocationEndpoint, 'revocationEndpoint'),
    clientId,
    authenticationFor: authenticationOf(settings, grant),
    isProven: isProven(settings),
    grant,
    scope: listOf(settings.scope, 'scope').join(' ') || undefined,
    resources: listOf(settings.resource, 'resource').map(checkResource),
    audiences: listOf(settings.audience, 'audience'),
    parameters,
  };
}

/**
 * RFC 6749, section 4.4: client credentials are for clients that can keep a secret.
 *
 * @throws {ConfigurationError} where there is no proof, because the variable that should hold the secret is not set, say.
 */
export function checkConfidential(resolved: Resolved): Resolved {
  if (resolved.isProven || resolved.grant.type !== 'client_credentials') return resolved;
  throw new ConfigurationError(
    'A client that is granted tokens for its own credentials must have some (RFC 6749, section 4.4): set clientSecret or ' +
      'clientAuthentication. If clientSecret comes from the environment, the variable may not be set.',
  );
}

function isProven({ clientSecret, clientAuthentication }: OAuthSettings): boolean {
  return clientSecret !== undefined || (clientAuthentication !== undefined && clientAuthentication.method !== 'none');
}

/** Whether a token may be another one for another `authContext`. */
export function usesAuthContext({ grant, clientAuthentication }: OAuthSettings): boolean {
  return [grant, clientAuthentication].some(part => part !== undefined && part.usesAuthContext !== false);
}

function serverByHand(settings: OAuthSettings): AuthorizationServer | undefined {
  const tokenEndpoint = optionalUrl(settings.tokenEndpoint, 'tokenEndpoint');
  if (tokenEndpoint === undefined) return undefined;
  return {
    issuer: settings.issuer,
    tokenEndpoint,
    revocationEndpoint: optionalUrl(settings.revocationEndpoint, 'revocationEndpoint'),
    mtlsEndpoints: { token: undefined, revocation: undefined },
    authenticationMethods: undefined,
  };
}

function authenticationOf(settings: OAuthSettings, grant: Grant): Resolved['authenticationFor'] {
  const { clientId, clientSecret, clientAuthentication: given } = settings;
  if (given !== undefined && clientSecret !== undefined) {
    throw new ConfigurationError('Give either clientSecret or clientAuthentication (RFC 6749, 2.3: one at a time).');
  }
  if (given !== undefined && (typeof given?.method !== 'string' || typeof given.apply !== 'function')) {
    throw new ConfigurationError('clientAuthentication must be made by clientSecretPost(), privateKeyJwt(), ...');
  }
  if (clientId === undefined) {
    if (given !== undefined || clientSecret !== undefined || grant.type === 'client_credentials') {
      throw new ConfigurationError('oauth needs a clientId.');
    }
    return () => undefined;
  }
  if (clientSecret === undefined) {
    const authentication = given ?? publicClient();
    return () => authentication;
  }
  const basic = clientSecretBasic(clientSecret);
  return ({ authenticationMethods: methods = ['client_secret_basic'] }) => {
    if (methods.includes('client_secret_basic')) return basic;
    if (methods.includes('client_secret_post')) return clientSecretPost(clientSecret);
    return methods.includes('client_secret_jwt') ? clientSecretJwt(clientSecret) : basic;
  };
}

function checkGrant(grant: Grant): void {
  if (typeof grant?.type === 'string' && typeof grant.parameters === 'function') return;
  throw new ConfigurationError('grant must be made by clientCredentials(), refreshToken(), jwtBearer(), ...');
}

function kindOf(kind: unknown): DiscoveryKind | undefined {
  if (kind === undefined || kind === 'oauth2' || kind === 'oidc') return kind;
  throw new ConfigurationError("discovery must be 'oauth2' or 'oidc'.");
}

function optionalUrl(value: string | undefined, what: string): URL | undefined {
  return value === undefined ? undefined : endpointUrl(value, what);
}

function originsOf(origins: readonly string[] | undefined): readonly string[] {
  return listOf(origins, 'trustedOrigins').map(origin => endpointUrl(origin, 'trustedOrigins').origin);
}

/** RFC 8707, section 2: an absolute URI without a fragment. */
function checkResource(resource: string): string {
  if (URL.canParse(resource) && !resource.includes('#')) return resource;
  throw new ConfigurationError('resource must be an absolute URI without a fragment (RFC 8707, section 2).');
}

function listOf(value: unknown, what: string): readonly string[] {
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (list.every(entry => typeof entry === 'string' && entry.trim() !== '')) return list;
  throw new ConfigurationError(`${what} must be a string that is not empty, or a list of such.`);
}

/**
 * A copy that nothing done to the original changes: each option is read once, lists and parameters are copied. Whether
 * they are right is for `resolveSettings`.
 *
 * @throws {ConfigurationError} for malformed parameters.
 */
export function copySettings<T extends OAuthSettings>(settings: T): T {
  const copy = copyOptions(settings);
  const { scope, resource, audience, trustedOrigins, parameters } = copy;
  return copyOptions({
    ...copy,
    scope: copyList(scope),
    resource: copyList(resource),
    audience: copyList(audience),
    trustedOrigins: copyList(trustedOrigins),
    parameters: parameters === undefined ? undefined : copyParameters(parameters, 'parameters'),
  });
}

function copyList<T>(value: T | readonly string[]): T | readonly string[] {
  return Array.isArray(value) ? [...value] : value;
}
