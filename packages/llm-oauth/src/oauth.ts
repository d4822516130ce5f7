import { systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import type { AuthContext, AuthHost, OutgoingRequest, Refusal, RefusalResult } from '@crew/llm-http/adapter';
import type { TokenPurpose } from './bearer/access-token.ts';
import { AccessTokenAuthenticator } from './bearer/access-token-authenticator.ts';
import { Challenges } from './bearer/protected-resource.ts';
import { type Caller, callerOf, tenantCaller } from './bearer/token-owner.ts';
import { withDeadline } from './cancellation.ts';
import { type OAuthOptions, readOAuthOptions } from './oauth-options.ts';
import { AuthorizationServers } from './server/discovery.ts';
import {
  checkConfidential,
  copySettings,
  type OAuthSettings,
  type Resolved,
  resolveSettings,
  usesAuthContext,
} from './settings.ts';
import { guardedTokenStore, memoryTokenStore, type TokenStore } from './store/token-store.ts';
import { revokeTokens } from './token/revocation.ts';
import { type OAuthPurpose, TokenObtainer } from './token/token-obtainer.ts';

/** What `revoke` may be given. */
export interface RevokeOptions {
  /** Whose tokens, where they are kept for each `tenant` or each `authContext`. */
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

class OAuth implements OAuthAuthenticator {
  readonly name: string;
  readonly #options: OAuthOptions;
  readonly #own: Resolved | undefined;
  readonly #obtainer: TokenObtainer;
  readonly #store: TokenStore;
  readonly #challenges: Challenges | undefined;
  readonly #tokens: AccessTokenAuthenticator<OAuthPurpose>;
  readonly #callerOf: (authContext: unknown) => Caller;

  constructor(given: OAuthOptions) {
    const options = readOAuthOptions(given);
    const { name = 'oauth', clock = systemClock, deadline = DEADLINE, defaultLifetime = DEFAULT_LIFETIME } = options;
    this.name = name;
    this.#options = options;
    this.#challenges = options.followChallenge === undefined ? undefined : new Challenges(options.followChallenge);
    const waits = this.#challenges !== undefined && options.issuer === undefined && options.tokenEndpoint === undefined;
    // Checked now even where the server is not known before the first challenge.
    const own = resolveSettings(waits ? { ...options, issuer: options.followChallenge?.issuers[0] } : options);
    if (options.tenant === undefined) checkConfidential(own);
    this.#own = waits ? undefined : own;
    const isRead = usesAuthContext(options);
    const everybody = callerOf(undefined, false, name);
    this.#callerOf = isRead ? authContext => callerOf(authContext, true, name) : () => everybody;
    this.#store = options.store === undefined ? memoryTokenStore() : guardedTokenStore(options.store, name);
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

  onRefusal(request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    return this.#tokens.onRefusal(request, refusal, context);
  }

  async revoke(options: RevokeOptions = {}): Promise<void> {
    const { authContext, signal: own = new AbortController().signal } = options;
    const { clock = systemClock, deadline: milliseconds = DEADLINE } = this.#options;
    const { fetch, connection } = this.#tokens.transport;
    const wanted = this.#purposeOf(authContext, connection?.id);
    if (wanted === undefined) return;
    const { key, purpose } = wanted;
    await withDeadline({ clock, milliseconds, signal: own, what: 'Revoking' }, async signal => {
      const call = await this.#obtainer.callFor(purpose, { fetch, signal, connection });
      const held = this.#tokens.heldToken(key);
      await revokeTokens({ call, purpose, obtainer: this.#obtainer, store: this.#store, held });
    });
    this.#tokens.forget(key);
  }

  async close(): Promise<void> {
    await this.#tokens.close();
    await this.#obtainer.close();
  }

  #purposeOf(authContext: unknown, connection: string | undefined): TokenPurpose<OAuthPurpose> | undefined {
    const tenant = this.#options.tenant?.(authContext);
    const learnt = this.#challenges?.learnt;
    const caller = tenant === undefined ? this.#callerOf(authContext) : tenantCaller(tenant, authContext);
    if (tenant === undefined && learnt === undefined) {
      const own = this.#own;
      return own && { key: [caller.key, connection], purpose: { settings: () => checkConfidential(own), caller } };
    }
    const named = tenant === undefined ? {} : withoutUndefined(copySettings(tenant));
    const settings = { ...withoutUndefined(this.#options), ...learnt, ...named };
    return {
      key: [caller.key, connection, ...keyOf(settings)],
      purpose: { settings: () => checkConfidential(resolveSettings(settings)), caller },
    };
  }

  async #learn(refusal: Refusal, context: AuthContext): Promise<boolean> {
    return (await this.#challenges?.learn(refusal, context)) ?? false;
  }
}

function keyOf(settings: OAuthSettings): readonly string[] {
  const { issuer, tokenEndpoint, clientId, scope, resource, audience, parameters } = settings;
  return [JSON.stringify([issuer, tokenEndpoint, clientId, scope, resource, audience, parameters])];
}

function withoutUndefined<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}
