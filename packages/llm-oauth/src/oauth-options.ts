import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkOptionNames } from '@crew/llm-http/adapter';
import type { ChallengeOptions } from './bearer/protected-resource.ts';
import { checkDurations, checkObject, checkTexts } from './option-checks.ts';
import { copySettings, type OAuthSettings } from './settings.ts';
import { isTokenStore, type TokenStore } from './store/token-store.ts';

/** One tenant's settings, in place of the authenticator's own. */
export interface TenantSettings extends OAuthSettings {
  /** Names the tenant, or the user. Calls with different ids never share a token. */
  readonly id: string;
}

/** What `oauth` may be given. */
export interface OAuthOptions extends OAuthSettings {
  /** For errors and events. Default `oauth`. */
  readonly name?: string | undefined;
  /**
   * Names the tenant, or the user, that a call's `authContext` stands for, and gives settings of its own: calls with the
   * same `id` and settings share tokens. `undefined`: the authenticator's own settings, as without this option.
   *
   * Without it tokens are everybody's, unless a function of `grant` or `clientAuthentication` takes its context, in which
   * it may read `authContext`: then they are kept for each text, number or boolean that is given as `authContext`, and
   * reading an object there is a `ConfigurationError`. At most 1,000 are kept; the least recently used go.
   */
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

const NAMES: Readonly<Record<keyof OAuthOptions, true>> = {
  issuer: true,
  discovery: true,
  tokenEndpoint: true,
  revocationEndpoint: true,
  trustedOrigins: true,
  clientId: true,
  clientSecret: true,
  clientAuthentication: true,
  grant: true,
  scope: true,
  resource: true,
  audience: true,
  parameters: true,
  name: true,
  tenant: true,
  store: true,
  followChallenge: true,
  defaultLifetime: true,
  deadline: true,
  clock: true,
};

/**
 * The options, read once: what is done to the caller's object later changes nothing.
 *
 * @throws {ConfigurationError} for what `resolveSettings` does not look at.
 */
export function readOAuthOptions(given: OAuthOptions): OAuthOptions {
  const own = checkObject(given, 'oauth');
  checkOptionNames(own, Object.keys(NAMES), 'oauth');
  const options = copySettings(own);
  const { name, deadline, defaultLifetime } = options;
  checkTexts({ name });
  checkDurations({ deadline, defaultLifetime });
  checkClock(options.clock);
  if (options.store !== undefined && !isTokenStore(options.store)) {
    throw new ConfigurationError('store must have the methods get, set, delete and exclusively.');
  }
  if (options.tenant !== undefined && typeof options.tenant !== 'function') {
    throw new ConfigurationError('tenant must be a function of authContext.');
  }
  return options;
}
