import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkOptionNames } from '@crew/llm-http/adapter';
import { checkIdentitySource, type IdentitySource } from '../grant/identity-source.ts';
import { checkDurations, checkObject, checkTexts } from '../option-checks.ts';
import type { GoogleCredentials } from './credentials.ts';
import type { GoogleImpersonation } from './impersonation.ts';
import { trustedOrigin } from './library.ts';

/** What `google` may be given. */
export interface GoogleOptions {
  /**
   * The contents of a credential file: a service account, an authorized user, workload identity federation
   * (`external_account`), or an impersonated service account. Or a function that gives them, called for every token.
   * Default: application default credentials, then the metadata server.
   */
  readonly credentials?: GoogleCredentials | (() => GoogleCredentials | Promise<GoogleCredentials>) | undefined;
  /** Default `https://www.googleapis.com/auth/cloud-platform`. */
  readonly scopes?: readonly string[] | undefined;
  /** A service account to act as. */
  readonly impersonate?: GoogleImpersonation | undefined;
  /**
   * The subject token of workload identity federation, in place of the credentials' `credential_source`. A function with a
   * parameter may give each user's own, by `authContext`: tokens are then kept for each `tenant`, or for each text, number
   * or boolean that is given as `authContext`; reading an object there without `tenant` is a `ConfigurationError`.
   */
  readonly subjectToken?: IdentitySource | undefined;
  /**
   * Names the user, or the tenant, that a call's `authContext` stands for: calls with the same `id` share tokens, of which
   * 1,000 are kept. `undefined`: nobody in particular, as without this option.
   */
  tenant?(authContext: unknown): { readonly id: string } | undefined;
  /**
   * Origins beside Google's own that the credentials may name: `http://169.254.169.254` for federation from a machine
   * of AWS or Azure, whose metadata service its credential file asks.
   */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** For errors and events. Default `google`. */
  readonly name?: string | undefined;
  /** Milliseconds that obtaining a token may take. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const NAMES: Readonly<Record<keyof GoogleOptions, true>> = {
  credentials: true,
  scopes: true,
  impersonate: true,
  subjectToken: true,
  tenant: true,
  trustedOrigins: true,
  name: true,
  deadline: true,
  clock: true,
};

/**
 * The options, read once: what is done to the caller's object later changes nothing.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export function readGoogleOptions(given: GoogleOptions): GoogleOptions {
  const options = checkObject(given, 'google', Object.keys(NAMES));
  checkOptionNames(options, Object.keys(NAMES), 'google');
  const { credentials, scopes, impersonate, subjectToken, trustedOrigins, name, deadline, clock } = options;
  checkTexts({ name });
  checkDurations({ deadline });
  checkClock(clock);
  if (subjectToken !== undefined) checkIdentitySource(subjectToken, 'subjectToken');
  if (options.tenant !== undefined && typeof options.tenant !== 'function') {
    throw new ConfigurationError('tenant must be a function of authContext.');
  }
  return {
    ...options,
    credentials: credentials === undefined || typeof credentials === 'function' ? credentials : copy(credentials),
    scopes: scopes && listOf(scopes, 'scopes'),
    impersonate: impersonate && impersonationOf(impersonate),
    trustedOrigins: trustedOrigins && listOf(trustedOrigins, 'trustedOrigins').map(trustedOrigin),
  };
}

function copy(credentials: GoogleCredentials): GoogleCredentials {
  checkObject(credentials, 'google: credentials');
  try {
    return structuredClone(credentials);
  } catch {
    throw new ConfigurationError('google: credentials must be the contents of a credential file, or a function.');
  }
}

function impersonationOf(given: GoogleImpersonation): GoogleImpersonation {
  const { serviceAccount, delegates, lifetime } = checkObject(given, 'google: impersonate');
  if (serviceAccount === undefined) throw new ConfigurationError('impersonate needs a serviceAccount.');
  checkTexts({ 'impersonate.serviceAccount': serviceAccount });
  checkDurations({ 'impersonate.lifetime': lifetime }, 1000);
  return { serviceAccount, delegates: delegates && listOf(delegates, 'impersonate.delegates'), lifetime };
}

function listOf(value: unknown, what: string): readonly string[] {
  if (Array.isArray(value) && value.every(entry => typeof entry === 'string' && entry !== '')) return [...value];
  throw new ConfigurationError(`${what} must be a list of strings.`);
}
