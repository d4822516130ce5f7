import { ConfigurationError, copyOptions } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { type ClientAuthentication, publicClient } from './client-authentication/client-authentication.ts';
import { clientSecretBasic, clientSecretJwt, clientSecretPost } from './client-authentication/client-secret.ts';
import { clientCredentials, copyParameters, type Grant, type GrantParameters } from './grant/grant.ts';
import { checkStrings } from './option-checks.ts';
import type { AuthorizationServer, DiscoveryKind, ServerSettings } from './server/discovery.ts';
import { checkIssuer, endpointUrl } from './server/endpoint.ts';

/** Settings of the token request: the authorization server, the client, the grant and its parameters. */
export interface OAuthSettings {
  /** Issuer identifier, exactly as in the server's metadata, which is fetched unless `tokenEndpoint` is set. */
  readonly issuer?: string | undefined;
  /** Kind of metadata: RFC 8414 or OpenID Connect Discovery. Default: RFC 8414, falling back to OpenID Connect. */
  readonly discovery?: DiscoveryKind | undefined;
  /** URL of the token endpoint. If it is set, no metadata is fetched. */
  readonly tokenEndpoint?: string | undefined;
  /** URL of the revocation endpoint (RFC 7009), used by `revoke()`. Default: from the metadata. */
  readonly revocationEndpoint?: string | undefined;
  /** Origins outside the issuer's site that its metadata may name for endpoints. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Client identifier. Required unless the grant carries its own identity. */
  readonly clientId?: string | undefined;
  /** Client secret, sent by a method that the metadata supports (RFC 8414). Default `client_secret_basic`. */
  readonly clientSecret?: Secret | undefined;
  /** Client authentication, instead of `clientSecret`. Default `publicClient()`, which client credentials do not permit. */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /** Grant by which tokens are obtained. Default `clientCredentials()`. */
  readonly grant?: Grant | undefined;
  /** Scopes as a list, or separated by spaces (RFC 6749, section 3.3). */
  readonly scope?: string | readonly string[] | undefined;
  /** Resource indicators (RFC 8707): absolute URIs without a fragment. */
  readonly resource?: string | readonly string[] | undefined;
  /** Audience of the token (RFC 8693; some servers support it for other grants). */
  readonly audience?: string | readonly string[] | undefined;
  /** Additional parameters of the token request. */
  readonly parameters?: GrantParameters | undefined;
}

/** Settings that have been checked and completed with defaults. */
export interface ResolvedSettings extends ServerSettings {
  readonly clientId: string | undefined;
  /** Selects the client authentication that the server supports. */
  readonly authenticationFor: (server: AuthorizationServer) => ClientAuthentication | undefined;
  /** True if the client authenticates, that is, if it is not a public client. */
  readonly hasCredentials: boolean;
  readonly grant: Grant;
  readonly scope: string | undefined;
  readonly resources: readonly string[];
  readonly audiences: readonly string[];
  readonly parameters: GrantParameters;
}

/**
 * Checks the settings and completes them with defaults.
 *
 * @throws {ConfigurationError} for settings that contradict each other, or are incomplete or malformed.
 */
export function resolveSettings(options: OAuthSettings): ResolvedSettings {
  const settings = copyOptions(options);
  const { clientId, grant = clientCredentials(), parameters = {} } = settings;
  checkStrings({ clientId });
  checkGrant(grant);
  const server = configuredServer(settings);
  const issuer = settings.issuer === undefined ? undefined : checkIssuer(settings.issuer, 'issuer');
  if (server === undefined && issuer === undefined) {
    throw new ConfigurationError('oauth needs an authorization server: set `issuer` or `tokenEndpoint`.');
  }
  return {
    server,
    discovery:
      server !== undefined || issuer === undefined
        ? undefined
        : {
            issuer,
            kind: checkDiscoveryKind(settings.discovery),
            trustedOrigins: checkOrigins(settings.trustedOrigins),
          },
    revocationEndpoint: optionalUrl(settings.revocationEndpoint, 'revocationEndpoint'),
    clientId,
    authenticationFor: selectAuthentication(settings, grant),
    hasCredentials: hasCredentials(settings),
    grant,
    scope: stringList(settings.scope, 'scope').join(' ') || undefined,
    resources: stringList(settings.resource, 'resource').map(checkResource),
    audiences: stringList(settings.audience, 'audience'),
    parameters,
  };
}

/**
 * Checks that the client credentials grant is used by a confidential client only (RFC 6749, section 4.4).
 *
 * @throws {ConfigurationError} if the client has no credentials, for example because an environment variable is not set.
 */
export function checkConfidentialClient(resolved: ResolvedSettings): ResolvedSettings {
  if (resolved.hasCredentials || resolved.grant.type !== 'client_credentials') return resolved;
  throw new ConfigurationError(
    'The client credentials grant requires client authentication (RFC 6749, section 4.4): set clientSecret or ' +
      'clientAuthentication. If clientSecret comes from the environment, check that the variable is set.',
  );
}

function hasCredentials({ clientSecret, clientAuthentication }: OAuthSettings): boolean {
  return clientSecret !== undefined || (clientAuthentication !== undefined && clientAuthentication.method !== 'none');
}

/** Returns true if the token may depend on `authContext`. */
export function usesAuthContext({ grant, clientAuthentication }: OAuthSettings): boolean {
  return [grant, clientAuthentication].some(part => part !== undefined && part.usesAuthContext !== false);
}

function configuredServer(settings: OAuthSettings): AuthorizationServer | undefined {
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

function selectAuthentication(settings: OAuthSettings, grant: Grant): ResolvedSettings['authenticationFor'] {
  const { clientId, clientSecret, clientAuthentication } = settings;
  if (clientAuthentication !== undefined && clientSecret !== undefined) {
    throw new ConfigurationError('Set either clientSecret or clientAuthentication, not both (RFC 6749, section 2.3).');
  }
  if (
    clientAuthentication !== undefined &&
    (typeof clientAuthentication?.method !== 'string' || typeof clientAuthentication.apply !== 'function')
  ) {
    throw new ConfigurationError('clientAuthentication must be created by clientSecretPost(), privateKeyJwt(), ...');
  }
  if (clientId === undefined) {
    if (clientAuthentication !== undefined || clientSecret !== undefined || grant.type === 'client_credentials') {
      throw new ConfigurationError('oauth needs a clientId.');
    }
    return () => undefined;
  }
  if (clientSecret === undefined) {
    const authentication = clientAuthentication ?? publicClient();
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
  throw new ConfigurationError('grant must be created by clientCredentials(), refreshToken(), jwtBearer(), ...');
}

function checkDiscoveryKind(kind: unknown): DiscoveryKind | undefined {
  if (kind === undefined || kind === 'oauth2' || kind === 'oidc') return kind;
  throw new ConfigurationError("discovery must be 'oauth2' or 'oidc'.");
}

function optionalUrl(value: string | undefined, option: string): URL | undefined {
  return value === undefined ? undefined : endpointUrl(value, option);
}

function checkOrigins(origins: readonly string[] | undefined): readonly string[] {
  return stringList(origins, 'trustedOrigins').map(origin => endpointUrl(origin, 'trustedOrigins').origin);
}

/** Checks that the resource is an absolute URI without a fragment (RFC 8707, section 2). */
function checkResource(resource: string): string {
  if (URL.canParse(resource) && !resource.includes('#')) return resource;
  throw new ConfigurationError('resource must be an absolute URI without a fragment (RFC 8707, section 2).');
}

function stringList(value: unknown, option: string): readonly string[] {
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (list.every(entry => typeof entry === 'string' && entry.trim() !== '')) return list;
  throw new ConfigurationError(`${option} must be a non-empty string or a list of non-empty strings.`);
}

/**
 * Copies the settings, including lists and parameters, and reads each option once. Later changes to the original have no
 * effect. `resolveSettings` checks the copy.
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
