import { type Clock, ConfigurationError, systemClock } from '@crew/core';
import type {
  AuthContext,
  Authenticator,
  AuthHost,
  CredentialKey,
  OutgoingRequest,
  Refusal,
  RefusalAnswer,
} from '@crew/llm-http';
import { AccessTokenAuthenticator, type TokenPurpose } from './bearer/access-token-authenticator.ts';
import { type ChallengeOptions, Challenges } from './bearer/challenges.ts';
import { AuthorizationServers } from './server/authorization-servers.ts';
import { type OAuthSettings, type Resolved, resolveSettings } from './settings.ts';
import { memoryTokenStore } from './store/memory-token-store.ts';
import { isTokenStore, type TokenStore } from './store/token-store.ts';
import { revokeTokens } from './token/revoke-tokens.ts';
import { type OAuthPurpose, TokenObtainer } from './token/token-obtainer.ts';

/** One tenant's settings, in place of the authenticator's own. */
export interface TenantSettings extends OAuthSettings {
  /** Names the tenant, or the user. Calls with different ids never share a token. */
  readonly id: string;
}

/** What `oauth` may be given. */
export interface OAuthOptions extends OAuthSettings {
  /** For errors and events. Default `oauth`. */
  readonly name?: string | undefined;
  /** Picks the settings for a call by its `authContext`. `undefined`: the authenticator's own. */
  tenant?(authContext: unknown): TenantSettings | undefined;
  /** Where refresh tokens live, and access tokens for others. Default: this authenticator's memory. */
  readonly store?: TokenStore | undefined;
  /** Follow the endpoint's own challenge (RFC 9728) to these authorization servers. Default: not at all. */
  readonly followChallenge?: ChallengeOptions | undefined;
  /** Milliseconds that a token is used when the server does not say how long (`expires_in`). Default 300,000. */
  readonly defaultLifetime?: number | undefined;
  /** Milliseconds that obtaining a token may take. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** What `revoke` may be given. */
export interface RevokeOptions {
  /** Whose tokens, where there are tenants. */
  readonly authContext?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The authenticator that `oauth` makes. */
export interface OAuthAuthenticator extends Authenticator {
  /**
   * Revokes the refresh token, or the access token where there is none (RFC 7009), and forgets both. The connection to
   * the server is the LLM's, so it has to be constructed.
   *
   * @throws {CredentialError} when the server did not; nothing is forgotten then. `retryAfter` as it said.
   */
  revoke(options?: RevokeOptions): Promise<void>;
}

/**
 * OAuth 2 access tokens on every request (RFC 6750), obtained, kept and renewed: client credentials unless another
 * `grant` is given.
 *
 * @throws {ConfigurationError} for options that are incomplete, malformed, or contradict each other.
 */
export function oauth(options: OAuthOptions): OAuthAuthenticator {
  return new OAuth(options);
}

const DEADLINE = 30_000;
const DEFAULT_LIFETIME = 300_000;
const OWN_KEY: CredentialKey = [undefined];

class OAuth implements OAuthAuthenticator {
  readonly name: string;
  readonly #options: OAuthOptions;
  readonly #own: Resolved | undefined;
  readonly #obtainer: TokenObtainer;
  readonly #store: TokenStore;
  readonly #challenges: Challenges | undefined;
  readonly #tokens: AccessTokenAuthenticator<OAuthPurpose>;

  constructor(options: OAuthOptions) {
    const { name = 'oauth', clock = systemClock, deadline = DEADLINE, defaultLifetime = DEFAULT_LIFETIME } = options;
    checkOptions(options);
    this.name = name;
    this.#options = { ...options };
    this.#challenges = options.followChallenge && new Challenges(options.followChallenge);
    const waits = this.#challenges !== undefined && options.issuer === undefined && options.tokenEndpoint === undefined;
    this.#own = waits ? undefined : resolveSettings(options);
    this.#store = options.store ?? memoryTokenStore();
    this.#obtainer = new TokenObtainer({
      name,
      clock,
      deadline,
      defaultLifetime,
      servers: new AuthorizationServers({ clock, deadline, name }),
      store: this.#store,
      isShared: options.store !== undefined,
    });
    this.#tokens = new AccessTokenAuthenticator<OAuthPurpose>({
      name,
      clock,
      deadline,
      source: {
        purposeOf: context => this.#purposeOf(context.authContext, context.connection?.id),
        obtain: (purpose, context) => this.#obtainer.obtain(purpose, context),
        learn: (refusal, context) => this.#learn(refusal, context),
      },
    });
  }

  attach(host: AuthHost): void {
    this.#tokens.attach(host);
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    return this.#tokens.authenticate(request, context);
  }

  isRefusal(response: Refusal): boolean {
    return this.#tokens.isRefusal(response);
  }

  refused(request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalAnswer> {
    return this.#tokens.refused(request, refusal, context);
  }

  async revoke(options: RevokeOptions = {}): Promise<void> {
    const { authContext, signal = new AbortController().signal } = options;
    const { fetch, connection } = this.#tokens.transport;
    const wanted = this.#purposeOf(authContext, connection?.id);
    if (wanted === undefined) return;
    const call = await this.#obtainer.callFor(wanted.purpose, { fetch, signal, connection });
    await revokeTokens({
      call,
      purpose: wanted.purpose,
      obtainer: this.#obtainer,
      store: this.#store,
      held: this.#tokens.heldToken(wanted.key),
    });
    this.#tokens.forget(wanted.key);
  }

  async close(): Promise<void> {
    await this.#tokens.close();
    await this.#obtainer.close();
  }

  #purposeOf(authContext: unknown, connection: string | undefined): TokenPurpose<OAuthPurpose> | undefined {
    const tenant = this.#options.tenant?.(authContext);
    const learnt = this.#challenges?.learnt;
    if (tenant === undefined && learnt === undefined) {
      const own = this.#own;
      if (own === undefined) return undefined;
      const key = connection === undefined ? OWN_KEY : [undefined, connection];
      return { key, purpose: { settings: () => own, tenant: undefined, authContext } };
    }
    const settings = { ...withoutUndefined(this.#options), ...learnt, ...withoutUndefined(tenant ?? {}) };
    return {
      key: [tenantId(tenant), connection, ...keyOf(settings)],
      purpose: { settings: () => resolveSettings(settings), tenant: tenant?.id, authContext },
    };
  }

  async #learn(refusal: Refusal, context: AuthContext): Promise<boolean> {
    return (await this.#challenges?.learn(refusal, context)) ?? false;
  }
}

function checkOptions(options: OAuthOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError('oauth needs an object of options.');
  for (const name of ['deadline', 'defaultLifetime'] as const) {
    const value = options[name];
    if (value === undefined || (typeof value === 'number' && value > 0 && Number.isFinite(value))) continue;
    throw new ConfigurationError(`${name} must be a positive number of milliseconds.`);
  }
  if (options.store !== undefined && !isTokenStore(options.store)) {
    throw new ConfigurationError('store must have the methods get, set, delete and exclusively.');
  }
  if (options.tenant !== undefined && typeof options.tenant !== 'function') {
    throw new ConfigurationError('tenant must be a function of authContext.');
  }
}

function tenantId(tenant: TenantSettings | undefined): string | undefined {
  if (tenant === undefined || (typeof tenant.id === 'string' && tenant.id !== '')) return tenant?.id;
  throw new ConfigurationError('tenant() must give an `id`: it keeps the tokens of tenants apart.');
}

function keyOf(settings: OAuthSettings): readonly string[] {
  const { issuer, tokenEndpoint, clientId, scope, resource, audience, parameters } = settings;
  return [JSON.stringify([issuer, tokenEndpoint, clientId, scope, resource, audience, parameters])];
}

function withoutUndefined<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}
