import { ConfigurationError, CredentialError } from '@crew/core';
import type { AuthContext, Refusal } from '@crew/llm-http/adapter';
import { checkIssuer, jsonObject, sendToServer, showUrl } from '../server/endpoint.ts';
import { bearerChallenge } from './challenge.ts';

/** Options for following the endpoint's challenge (RFC 9728, section 5). */
export interface ChallengeOptions {
  /** Issuers of the authorization servers that may be used. Others that the endpoint names are ignored. */
  readonly issuers: readonly string[];
}

/** Settings discovered by following a challenge. */
export interface DiscoveredSettings {
  readonly issuer: string;
  readonly resource: string;
  readonly scope?: string;
}

/** Discovers the authorization server, scope and resource of an endpoint from its challenge (RFC 9728). */
export class ProtectedResource {
  readonly #issuers: readonly string[];
  #discovered: DiscoveredSettings | undefined;

  /** @throws {ConfigurationError} if the issuers are missing or malformed. */
  constructor(options: ChallengeOptions) {
    if (!Array.isArray(options?.issuers) || options.issuers.length === 0) {
      throw new ConfigurationError('followChallenge needs `issuers`, a list of at least one authorization server.');
    }
    this.#issuers = options.issuers.map(issuer => checkIssuer(issuer, 'followChallenge.issuers'));
  }

  get discovered(): DiscoveredSettings | undefined {
    return this.#discovered;
  }

  /**
   * Fetches the protected resource metadata that the challenge points to. Resolves to true if the settings have changed.
   *
   * @throws {CredentialError} if the metadata is on another origin, describes another resource (RFC 9728, section 3.3), or
   * names no authorization server that may be used.
   */
  async discover(refusal: Refusal, context: AuthContext): Promise<boolean> {
    const challenge = bearerChallenge(refusal.headers['www-authenticate']);
    const pointer = challenge?.parameters.get('resource_metadata');
    if (pointer === undefined) return false;
    const endpoint = new URL(refusal.url);
    const url = URL.canParse(pointer) ? new URL(pointer) : undefined;
    if (url?.origin !== endpoint.origin) {
      throw new CredentialError(
        `${endpoint.origin} points to resource metadata on another origin, which is not fetched.`,
      );
    }
    const metadata = await this.#read(url, endpoint, context);
    const servers: unknown = metadata['authorization_servers'];
    const issuer = this.#issuers.find(allowed => Array.isArray(servers) && servers.includes(allowed));
    if (issuer === undefined) {
      throw new CredentialError(
        `${endpoint.origin} names none of the authorization servers in followChallenge.issuers (${this.#issuers.join(', ')}).`,
        { terminal: true },
      );
    }
    const scope = challenge?.parameters.get('scope');
    const discovered = { issuer, resource: String(metadata['resource']), ...(scope === undefined ? {} : { scope }) };
    if (JSON.stringify(discovered) === JSON.stringify(this.#discovered)) return false;
    this.#discovered = discovered;
    return true;
  }

  async #read(url: URL, endpoint: URL, context: AuthContext): Promise<Readonly<Record<string, unknown>>> {
    const init = { headers: { accept: 'application/json' }, signal: context.signal };
    const response = await sendToServer(context.fetch, url, init, 'The resource metadata at');
    const metadata = response.status === 200 ? jsonObject(response.text) : undefined;
    if (metadata?.['resource'] === endpoint.origin + endpoint.pathname) return metadata;
    throw new CredentialError(
      `The resource metadata at ${showUrl(url)} does not describe ${endpoint.origin}${endpoint.pathname} ` +
        '(RFC 9728, section 3.3).',
      { terminal: true },
    );
  }
}
