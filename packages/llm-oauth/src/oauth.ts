import { systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import type { AuthContext, AuthHost, OutgoingRequest, Refusal, RefusalResult } from '@crew/llm-http/adapter';
import type { TokenPurpose } from './bearer/access-token.ts';
import { AccessTokenAuthenticator } from './bearer/access-token-authenticator.ts';
import { ProtectedResource } from './bearer/protected-resource.ts';
import { ownerOf, type TokenOwner, tenantOwner } from './bearer/token-owner.ts';
import { withDeadline } from './cancellation.ts';
import { type OAuthOptions, readOAuthOptions } from './oauth-options.ts';
import { AuthorizationServers } from './server/discovery.ts';
import {
  checkConfidentialClient,
  copySettings,
  type OAuthSettings,
  type ResolvedSettings,
  resolveSettings,
  usesAuthContext,
} from './settings.ts';
import { memoryTokenStore, sanitiseStoreErrors, type TokenStore } from './store/token-store.ts';
import { revokeTokens } from './token/revocation.ts';
import { type OAuthPurpose, TokenObtainer } from './token/token-obtainer.ts';

/** Options of `revoke`. */
export interface RevokeOptions {
  /** The `authContext` of the calls whose tokens are revoked, if tokens are kept per `tenant` or per `authContext`. */
  readonly authContext?: unknown;
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined;
}

/** The authenticator that `oauth` creates. */
export interface OAuthAuthenticator extends Authenticator {
  /**
   * Revokes the refresh token, or the access token if there is no refresh token (RFC 7009), and forgets both. The request
   * uses the connection of the LLM, which must therefore exist.
   *
   * @throws {CredentialError} if the server did not revoke the token; both are kept then. Its `retryAfter` is the
   * server's.
   */
  revoke(options?: RevokeOptions): Promise<void>;
}

/**
 * Creates an authenticator that sends an OAuth 2 access token with every request (RFC 6750). It obtains, caches and
 * renews the token. The default `grant` is client credentials.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, HttpLLM, oauth } from '@crew/llm-oauth';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: oauth({ issuer: 'https://login.example', clientId: 'crew', clientSecret: fromEnv('CLIENT_SECRET') }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
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
  readonly #settings: ResolvedSettings | undefined;
  readonly #obtainer: TokenObtainer;
  readonly #store: TokenStore;
  readonly #protectedResource: ProtectedResource | undefined;
  readonly #tokens: AccessTokenAuthenticator<OAuthPurpose>;
  readonly #ownerOf: (authContext: unknown) => TokenOwner;

  constructor(options: OAuthOptions) {
    const checked = readOAuthOptions(options);
    const { name = 'oauth', clock = systemClock, deadline = DEADLINE, defaultLifetime = DEFAULT_LIFETIME } = checked;
    this.name = name;
    this.#options = checked;
    this.#protectedResource =
      checked.followChallenge === undefined ? undefined : new ProtectedResource(checked.followChallenge);
    const awaitsChallenge =
      this.#protectedResource !== undefined && checked.issuer === undefined && checked.tokenEndpoint === undefined;
    // The settings are checked here, even if the server is unknown until the first challenge.
    const settings = resolveSettings(
      awaitsChallenge ? { ...checked, issuer: checked.followChallenge?.issuers[0] } : checked,
    );
    if (checked.tenant === undefined) checkConfidentialClient(settings);
    this.#settings = awaitsChallenge ? undefined : settings;
    const usesContext = usesAuthContext(checked);
    const sharedOwner = ownerOf(undefined, false, name);
    this.#ownerOf = usesContext ? authContext => ownerOf(authContext, true, name) : () => sharedOwner;
    this.#store = checked.store === undefined ? memoryTokenStore() : sanitiseStoreErrors(checked.store, name);
    this.#obtainer = new TokenObtainer({
      name,
      clock,
      deadline,
      defaultLifetime,
      servers: new AuthorizationServers({ clock, deadline, name }),
      store: this.#store,
      isShared: checked.store !== undefined,
    });
    this.#tokens = new AccessTokenAuthenticator<OAuthPurpose>({
      name,
      clock,
      deadline,
      source: {
        purposeOf: context => this.#purposeOf(context.authContext, context.connection?.id),
        obtain: (purpose, context) => this.#obtainer.obtain(purpose, context),
        followChallenge: (refusal, context) => this.#followChallenge(refusal, context),
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
    const { authContext, signal = new AbortController().signal } = options;
    const { clock = systemClock, deadline: milliseconds = DEADLINE } = this.#options;
    const { fetch, connection } = this.#tokens.transport;
    const target = this.#purposeOf(authContext, connection?.id);
    if (target === undefined) return;
    const { key, purpose } = target;
    await withDeadline({ clock, milliseconds, signal, action: 'Revoking' }, async signal => {
      const call = await this.#obtainer.createCall(purpose, { fetch, signal, connection });
      const cachedToken = this.#tokens.cachedToken(key);
      await revokeTokens({ call, purpose, obtainer: this.#obtainer, store: this.#store, cachedToken });
    });
    this.#tokens.forget(key);
  }

  async close(): Promise<void> {
    await this.#tokens.close();
    await this.#obtainer.close();
  }

  #purposeOf(authContext: unknown, connection: string | undefined): TokenPurpose<OAuthPurpose> | undefined {
    const tenant = this.#options.tenant?.(authContext);
    const discovered = this.#protectedResource?.discovered;
    const owner = tenant === undefined ? this.#ownerOf(authContext) : tenantOwner(tenant, authContext);
    if (tenant === undefined && discovered === undefined) {
      const resolved = this.#settings;
      if (resolved === undefined) return undefined;
      return { key: [owner.key, connection], purpose: { settings: () => checkConfidentialClient(resolved), owner } };
    }
    const tenantSettings = tenant === undefined ? {} : withoutUndefined(copySettings(tenant));
    const settings = { ...withoutUndefined(this.#options), ...discovered, ...tenantSettings };
    return {
      key: [owner.key, connection, ...keyOf(settings)],
      purpose: { settings: () => checkConfidentialClient(resolveSettings(settings)), owner },
    };
  }

  async #followChallenge(refusal: Refusal, context: AuthContext): Promise<boolean> {
    return (await this.#protectedResource?.discover(refusal, context)) ?? false;
  }
}

function keyOf(settings: OAuthSettings): readonly string[] {
  const { issuer, tokenEndpoint, clientId, scope, resource, audience, parameters } = settings;
  return [JSON.stringify([issuer, tokenEndpoint, clientId, scope, resource, audience, parameters])];
}

function withoutUndefined<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}
