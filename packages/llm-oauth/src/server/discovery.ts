import { type Clock, CredentialError, excerpt } from '@crew/core';
import { RenewingCredentials, showName } from '@crew/llm-http/adapter';
import { endpointUrl, jsonObject, type ServerResponse, sendToServer, showUrl } from './endpoint.ts';

/** Endpoints of an authorization server, either configured or from its metadata (RFC 8414). */
export interface AuthorizationServer {
  /** Issuer identifier. `undefined` if only endpoints are configured. */
  readonly issuer: string | undefined;
  readonly tokenEndpoint: URL;
  readonly revocationEndpoint: URL | undefined;
  /** Endpoints for clients that authenticate with a certificate (RFC 8705, section 5). */
  readonly mtlsEndpoints: { readonly token: URL | undefined; readonly revocation: URL | undefined };
  /** Supported client authentication methods (`token_endpoint_auth_methods_supported`). */
  readonly authenticationMethods: readonly string[] | undefined;
}

/** Kind of server metadata: `oauth2` for RFC 8414, `oidc` for OpenID Connect Discovery 1.0. */
export type DiscoveryKind = 'oauth2' | 'oidc';

/** The settings that determine the authorization server. */
export interface ServerSettings {
  /** The issuer whose metadata is read. `undefined` if the endpoints are configured. */
  readonly discovery:
    | { readonly issuer: string; readonly kind: DiscoveryKind | undefined; readonly trustedOrigins: readonly string[] }
    | undefined;
  /** The server, if its token endpoint is configured. */
  readonly server: AuthorizationServer | undefined;
  /** The configured revocation endpoint, which takes precedence over that of the metadata. */
  readonly revocationEndpoint: URL | undefined;
}

/** Time for which metadata is cached, in milliseconds. It is refreshed in the background before it expires. */
const METADATA_LIFETIME = 3_600_000;

/** A cache of authorization servers, by issuer. */
export class AuthorizationServers {
  readonly #metadata: RenewingCredentials<AuthorizationServer>;
  #fetch: typeof fetch = fetch;

  constructor(options: { readonly clock: Clock; readonly deadline: number | undefined; readonly name: string }) {
    const { clock, deadline, name } = options;
    this.#metadata = new RenewingCredentials<AuthorizationServer>({
      name: `${name} (discovery)`,
      clock,
      deadline,
      obtain: async ({ key: [issuer = '', kind, ...trusted], signal }) => ({
        value: await discover(issuer, {
          fetch: this.#fetch,
          signal,
          kind: kind === 'oauth2' || kind === 'oidc' ? kind : undefined,
          trustedOrigins: trusted.filter(origin => origin !== undefined),
        }),
        expiresAt: clock.wall() + METADATA_LIFETIME,
      }),
    });
  }

  /**
   * Returns the configured server, or fetches the metadata of the issuer.
   *
   * @throws {CredentialError} if the metadata cannot be fetched or is invalid.
   */
  async of(
    settings: ServerSettings,
    fetch: typeof globalThis.fetch,
    signal: AbortSignal,
  ): Promise<AuthorizationServer> {
    const { server, discovery, revocationEndpoint } = settings;
    if (server !== undefined) return server;
    if (discovery === undefined) throw new TypeError('The settings have neither a server nor an issuer.');
    this.#fetch = fetch;
    const metadata = this.#metadata.of([discovery.issuer, discovery.kind, ...discovery.trustedOrigins]);
    const found = metadata.fresh() ?? (await metadata.get(signal));
    return revocationEndpoint === undefined ? found : { ...found, revocationEndpoint };
  }

  close(): void {
    this.#metadata.close();
  }
}

/** Options of `discover`. */
interface DiscoveryOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Kind of metadata. Default: RFC 8414, falling back to OpenID Connect if the server returns 404. */
  readonly kind: DiscoveryKind | undefined;
  /** Origins outside the issuer's site that its metadata may name for endpoints. */
  readonly trustedOrigins: readonly string[];
}

const MAX_METHODS = 100;

/**
 * Fetches a server's metadata (RFC 8414, section 3; OpenID Connect Discovery 1.0, section 4). Its issuer must equal the
 * configured one, character by character, and its endpoints must be on the issuer's own site. Otherwise, poisoned metadata
 * could redirect the client's secret to another server.
 *
 * @throws {CredentialError} if the metadata cannot be fetched, belongs to another issuer, or names endpoints on other sites.
 */
async function discover(issuer: string, options: DiscoveryOptions): Promise<AuthorizationServer> {
  const kinds: readonly DiscoveryKind[] = options.kind === undefined ? ['oauth2', 'oidc'] : [options.kind];
  const tried: string[] = [];
  for (const kind of kinds) {
    const url = metadataUrl(issuer, kind);
    tried.push(showUrl(url));
    const init = { method: 'GET', headers: { accept: 'application/json' }, signal: options.signal };
    const response = await sendToServer(options.fetch, url, init, 'The metadata of the authorization server at');
    if (response.status === 404) continue;
    return readMetadata(response, issuer, url, options.trustedOrigins);
  }
  throw new CredentialError(
    `The authorization server ${showName(issuer)} has no metadata at ${tried.join(' or ')}. Check the issuer, or set ` +
      '`tokenEndpoint`.',
    { terminal: true },
  );
}

/** Returns the metadata URL: the well-known part precedes the issuer's path (RFC 8414) or follows it (OpenID Connect). */
function metadataUrl(issuer: string, kind: DiscoveryKind): URL {
  const url = new URL(issuer);
  const path = url.pathname.replace(/\/$/, '');
  url.pathname =
    kind === 'oauth2' ? `/.well-known/oauth-authorization-server${path}` : `${path}/.well-known/openid-configuration`;
  return url;
}

function readMetadata(
  response: ServerResponse,
  issuer: string,
  url: URL,
  trustedOrigins: readonly string[],
): AuthorizationServer {
  const metadata = response.status === 200 ? jsonObject(response.text) : undefined;
  if (metadata === undefined) {
    const problem = response.status === 200 ? 'a body that is not a JSON object' : `status ${response.status}`;
    throw new CredentialError(
      `The authorization server ${showName(issuer)} responded to the metadata request at ${showUrl(url)} with ${problem}.`,
    );
  }
  if (metadata['issuer'] !== issuer) {
    throw new CredentialError(
      `The metadata at ${showUrl(url)} belongs to another issuer (${showIssuer(metadata['issuer'])}) than the configured ` +
        `${showName(issuer)}. They must be equal, including a trailing slash (RFC 8414, section 3.3).`,
      { terminal: true },
    );
  }
  const endpoint = (value: unknown, name: string): URL | undefined =>
    value === undefined || value === null ? undefined : trustedEndpoint(value, name, issuer, trustedOrigins);
  const aliases = recordOf(metadata['mtls_endpoint_aliases']);
  const tokenEndpoint = endpoint(metadata['token_endpoint'], 'token_endpoint');
  if (tokenEndpoint === undefined) {
    throw new CredentialError(`The metadata of ${showName(issuer)} has no token_endpoint.`, { terminal: true });
  }
  return {
    issuer,
    tokenEndpoint,
    revocationEndpoint: endpoint(metadata['revocation_endpoint'], 'revocation_endpoint'),
    mtlsEndpoints: {
      token: endpoint(aliases['token_endpoint'], 'mtls_endpoint_aliases.token_endpoint'),
      revocation: endpoint(aliases['revocation_endpoint'], 'mtls_endpoint_aliases.revocation_endpoint'),
    },
    authenticationMethods: stringsOf(metadata['token_endpoint_auth_methods_supported']),
  };
}

/**
 * Returns the endpoint if it is on the issuer's own site or on a trusted origin. The site consists of the issuer's origin
 * and its subdomains, by https and on the issuer's port. Servers have their mTLS endpoints there (`mtls.idp.example`), and
 * the owner of the issuer's domain controls them.
 */
function trustedEndpoint(value: unknown, name: string, issuer: string, trustedOrigins: readonly string[]): URL {
  let url: URL;
  try {
    url = endpointUrl(value, `${name} in the metadata of ${showName(issuer)}`);
  } catch (thrown) {
    throw new CredentialError(thrown instanceof Error ? thrown.message : `${name} is not a URL.`, { terminal: true });
  }
  const issuerUrl = new URL(issuer);
  const isSubdomain =
    url.protocol === 'https:' && url.port === issuerUrl.port && url.hostname.endsWith(`.${issuerUrl.hostname}`);
  if (url.origin === issuerUrl.origin || isSubdomain || trustedOrigins.includes(url.origin)) return url;
  const origin = excerpt(url.origin);
  throw new CredentialError(
    `The metadata of ${showName(issuer)} names ${origin} for ${name}. Credentials are only sent to the issuer's own ` +
      `site. If this origin is correct, add '${origin}' to trustedOrigins.`,
    { terminal: true },
  );
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Returns the strings of a list, at most 100. There are seven authentication methods, and others are not supported. */
function stringsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.slice(0, MAX_METHODS).filter(entry => typeof entry === 'string') : undefined;
}

function showIssuer(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(excerpt(value)) : 'none';
}
