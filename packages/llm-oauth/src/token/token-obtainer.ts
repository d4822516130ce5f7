import { type Clock, CredentialError, CrewError } from '@crew/core';
import type { AccessTokenSource, ObtainContext, ObtainedToken } from '../bearer/access-token.ts';
import type { TokenOwner } from '../bearer/token-owner.ts';
import { certificateThumbprint } from '../client-authentication/private-key.ts';
import type { GrantContext, GrantParameters } from '../grant/grant.ts';
import { readIdentity } from '../grant/identity-source.ts';
import type { AuthorizationServers } from '../server/discovery.ts';
import { ServerClocks } from '../server/server-clock.ts';
import type { ResolvedSettings } from '../settings.ts';
import type { TokenStore } from '../store/token-store.ts';
import { RefreshTokens } from './refresh-tokens.ts';
import { requestToken } from './request-token.ts';
import { requestContext, type ServerCall } from './server-call.ts';
import { decodeToken, encodeToken, hashOf, identityOf, type StoredToken, toStoredToken } from './stored-token.ts';
import { reportScope, type TokenResponse } from './token-response.ts';

/** Purpose of a token: the settings of its request, and its owner. */
export interface OAuthPurpose {
  settings(): ResolvedSettings;
  readonly owner: TokenOwner;
}

/** Options of `TokenObtainer`. */
export interface ObtainerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly deadline: number;
  readonly defaultLifetime: number;
  readonly servers: AuthorizationServers;
  readonly store: TokenStore;
  /** True if access tokens are stored, too, because the store is shared or outlives the process. */
  readonly isShared: boolean;
}

/** Time for which a valid stored token is used after the server failed, in milliseconds. */
const FALLBACK_PAUSE = 30_000;

/** Obtains access tokens from the store, if another process has stored one, or from the authorization server. */
export class TokenObtainer implements Pick<AccessTokenSource<OAuthPurpose>, 'obtain'> {
  readonly #options: ObtainerOptions;
  readonly #serverClocks: ServerClocks;
  readonly #refreshTokens: RefreshTokens;

  constructor(options: ObtainerOptions) {
    const { clock, store, deadline } = options;
    this.#options = options;
    this.#serverClocks = new ServerClocks(clock);
    this.#refreshTokens = new RefreshTokens({ clock, store, deadline });
  }

  async obtain(purpose: OAuthPurpose, context: ObtainContext): Promise<ObtainedToken> {
    const call = await this.createCall(purpose, context);
    const { grant } = call.settings;
    const { store, isShared } = this.#options;
    if (grant.refreshToken !== undefined) {
      const refreshToken = await this.initialRefreshToken(call);
      const family = refreshFamily(call, refreshToken);
      const key = accessKey(call, purpose, family);
      return this.#refreshTokens.exclusively(family, context.signal, () =>
        this.#fromStoreOrServer(key, call, context, () => this.#refresh(call, family, refreshToken, context)),
      );
    }
    const parameters = (grantContext: GrantContext): Promise<GrantParameters> =>
      grantParameters(call, grantContext, context);
    if (!isShared) return toObtained(this.#toStored(await requestToken(call, grant.type, parameters), call, context));
    const first = await parameters(requestContext(call, call.server.tokenEndpoint));
    const key = accessKey(call, purpose, identityOf(first));
    return store.exclusively(key, context.signal, () =>
      this.#fromStoreOrServer(key, call, context, () => requestToken(call, grant.type, parameters)),
    );
  }

  /** Resolves settings and server, and returns the context of a request for this purpose. */
  async createCall(
    purpose: OAuthPurpose,
    context: Pick<ObtainContext, 'fetch' | 'signal' | 'connection'>,
  ): Promise<ServerCall> {
    const { name, clock, defaultLifetime, servers } = this.#options;
    const { fetch, signal, connection } = context;
    const settings = purpose.settings();
    const server = await servers.of(settings, fetch, signal);
    const { owner } = purpose;
    const serverClock = this.#serverClocks.of(server.tokenEndpoint);
    return { name, settings, server, clock, serverClock, fetch, signal, connection, owner, defaultLifetime };
  }

  /** Reads the refresh token that was configured. */
  initialRefreshToken(call: ServerCall): Promise<string> {
    const context = requestContext(call, call.server.tokenEndpoint);
    return readIdentity(call.settings.grant.refreshToken ?? '', 'refreshToken', context);
  }

  get refreshTokens(): RefreshTokens {
    return this.#refreshTokens;
  }

  close(): Promise<void> {
    this.#options.servers.close();
    return this.#refreshTokens.close();
  }

  /** Returns a stored token that is not due for renewal, or requests and stores a new one. */
  async #fromStoreOrServer(
    key: string,
    call: ServerCall,
    context: ObtainContext,
    request: () => Promise<TokenResponse>,
  ): Promise<ObtainedToken> {
    const { store, isShared, clock, name } = this.#options;
    const stored = isShared
      ? this.#ifUsable(decodeToken(await store.get(key), name, clock.wall()), context)
      : undefined;
    if (stored !== undefined && clock.wall() < stored.renewAfter) return toObtained(stored);
    let fresh: StoredToken;
    try {
      fresh = this.#toStored(await request(), call, context);
    } catch (thrown) {
      if (stored === undefined || context.current !== undefined) throw thrown;
      return { ...toObtained(stored), renewAfter: clock.wall() + FALLBACK_PAUSE };
    }
    if (isShared) await this.#save(key, fresh, context);
    return toObtained(fresh);
  }

  /** Returns the stored token unless it is expired, refused, bound to another certificate, or lacks demanded claims. */
  #ifUsable(stored: StoredToken | undefined, context: ObtainContext): StoredToken | undefined {
    if (stored === undefined || context.claims !== undefined) return undefined;
    const isExpired = this.#options.clock.wall() >= stored.expiresAt - 1_000;
    const isRefused = stored.token.text === context.refused?.text;
    return isExpired || isRefused || stored.boundTo !== thumbprintOf(context) ? undefined : stored;
  }

  /** Stores the token. If the store fails, the failure is reported and the token is used. */
  async #save(key: string, fresh: StoredToken, context: ObtainContext): Promise<void> {
    const { store, name, clock } = this.#options;
    try {
      await store.set(key, encodeToken(fresh));
    } catch (thrown) {
      const error = CrewError.isInstance(thrown) ? thrown : new CredentialError(`${name}: the token store failed.`);
      context.emit({
        type: 'credential',
        action: 'failed',
        authenticator: name,
        at: clock.wall(),
        error: error.toJSON(),
      });
    }
  }

  #refresh(call: ServerCall, family: string, initial: string, context: ObtainContext): Promise<TokenResponse> {
    return this.#refreshTokens.use(family, initial, (refreshToken, signal, onRefreshToken) => {
      const parameters = async (grantContext: GrantContext): Promise<GrantParameters> => ({
        ...(await grantParameters(call, grantContext, context)),
        refresh_token: refreshToken,
      });
      return requestToken({ ...call, signal }, 'refresh_token', parameters, onRefreshToken);
    });
  }

  #toStored(response: TokenResponse, call: ServerCall, context: ObtainContext): StoredToken {
    const { clock, name } = this.#options;
    reportScope(call.settings.scope, response.token.scope, { name, clock, emit: event => context.emit(event) });
    return toStoredToken(response, clock.wall(), thumbprintOf(context));
  }
}

/** Returns the key of a refresh token family. It depends on server, client and initial token. */
export function refreshFamily(call: ServerCall, initial: string): string {
  return `refresh-${hashOf([serverKey(call), initial])}`;
}

/** Returns the key of an access token. It depends on everything that affects the token. */
export function accessKey(call: ServerCall, purpose: OAuthPurpose, identity: string): string {
  const { scope, resources, audiences, parameters, grant } = call.settings;
  const request = [grant.type, scope, resources, audiences, Object.entries(parameters)];
  return `access-${hashOf([serverKey(call), request, purpose.owner.key, identity])}`;
}

function serverKey({ server, settings }: ServerCall): unknown {
  const method = settings.authenticationFor(server)?.method;
  return [server.issuer, server.tokenEndpoint.href, settings.clientId, method];
}

async function grantParameters(
  call: ServerCall,
  grantContext: GrantContext,
  context: ObtainContext,
): Promise<GrantParameters> {
  const parameters = await call.settings.grant.parameters(grantContext);
  return context.claims === undefined ? parameters : { ...parameters, claims: context.claims };
}

function thumbprintOf({ connection }: Pick<ObtainContext, 'connection'>): string | undefined {
  return connection?.cert === undefined ? undefined : certificateThumbprint(connection.cert);
}

function toObtained({ token, expiresAt, renewAfter }: StoredToken): ObtainedToken {
  return { value: token, expiresAt, renewAfter };
}
