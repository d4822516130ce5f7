import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkOptionNames } from '@crew/llm-http/adapter';
import type { ChallengeOptions } from './bearer/protected-resource.ts';
import { checkDurations, checkObject, checkStrings } from './option-checks.ts';
import { copySettings, type OAuthSettings } from './settings.ts';
import { isTokenStore, type TokenStore } from './store/token-store.ts';

/** Settings of one tenant, which override those of the authenticator. */
export interface TenantSettings extends OAuthSettings {
  /** Identifier of the tenant or user. Calls with different ids never share a token. */
  readonly id: string;
}

/** Options of `oauth`. */
export interface OAuthOptions extends OAuthSettings {
  /** Name of the authenticator in errors and events. Default `oauth`. */
  readonly name?: string | undefined;
  /**
   * Returns the tenant or user that a call's `authContext` stands for, optionally with its own settings. Calls with the
   * same `id` and settings share tokens. If it returns `undefined`, the authenticator's own settings are used.
   *
   * Without this option all calls share tokens, unless a function of `grant` or `clientAuthentication` declares its context
   * parameter, through which it can read `authContext`. In that case tokens are cached per string, number or boolean passed
   * as `authContext`, and reading an object there is a `ConfigurationError`. At most 1,000 tokens are cached; the least
   * recently used are dropped.
   */
  tenant?(authContext: unknown): TenantSettings | undefined;
  /** Store for refresh tokens, and for access tokens that processes share. Default: the memory of this authenticator. */
  readonly store?: TokenStore | undefined;
  /** Authorization servers that the endpoint's challenge may name (RFC 9728). Default: challenges are not followed. */
  readonly followChallenge?: ChallengeOptions | undefined;
  /** Lifetime of a token whose response has no `expires_in`, in milliseconds. Default 300,000. */
  readonly defaultLifetime?: number | undefined;
  /** Time limit for obtaining a token, in milliseconds. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Clock for expiry, timeouts and signed assertions. Default: the system clock. */
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
 * Copies and checks the options. Later changes to the caller's object have no effect.
 *
 * @throws {ConfigurationError} for an invalid option that `resolveSettings` does not check.
 */
export function readOAuthOptions(options: OAuthOptions): OAuthOptions {
  const copy = checkObject(options, 'oauth');
  checkOptionNames(copy, Object.keys(NAMES), 'oauth');
  const checked = copySettings(copy);
  const { name, deadline, defaultLifetime } = checked;
  checkStrings({ name });
  checkDurations({ deadline, defaultLifetime });
  checkClock(checked.clock);
  if (checked.store !== undefined && !isTokenStore(checked.store)) {
    throw new ConfigurationError('store must have the methods get, set, delete and exclusively.');
  }
  if (checked.tenant !== undefined && typeof checked.tenant !== 'function') {
    throw new ConfigurationError('tenant must be a function that takes the authContext.');
  }
  return checked;
}
