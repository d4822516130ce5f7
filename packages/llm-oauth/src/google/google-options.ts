import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkOptionNames } from '@crew/llm-http/adapter';
import { checkIdentitySource, type IdentitySource } from '../grant/identity-source.ts';
import { checkDurations, checkObject, checkStrings } from '../option-checks.ts';
import type { GoogleCredentials } from './credentials.ts';
import type { GoogleImpersonation } from './impersonation.ts';
import { parseTrustedOrigin } from './library.ts';

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
export function readGoogleOptions(options: GoogleOptions): GoogleOptions {
  const checked = checkObject(options, 'google', Object.keys(NAMES));
  checkOptionNames(checked, Object.keys(NAMES), 'google');
  const { credentials, scopes, impersonate, subjectToken, trustedOrigins, name, deadline, clock } = checked;
  checkStrings({ name });
  checkDurations({ deadline });
  checkClock(clock);
  if (subjectToken !== undefined) checkIdentitySource(subjectToken, 'subjectToken');
  if (checked.tenant !== undefined && typeof checked.tenant !== 'function') {
    throw new ConfigurationError('tenant must be a function of authContext.');
  }
  return {
    ...checked,
    credentials:
      credentials === undefined || typeof credentials === 'function' ? credentials : copyCredentials(credentials),
    scopes: scopes && stringList(scopes, 'scopes'),
    impersonate: impersonate && checkImpersonation(impersonate),
    trustedOrigins: trustedOrigins && stringList(trustedOrigins, 'trustedOrigins').map(parseTrustedOrigin),
  };
}

function copyCredentials(credentials: GoogleCredentials): GoogleCredentials {
  checkObject(credentials, 'google: credentials');
  try {
    return structuredClone(credentials);
  } catch {
    throw new ConfigurationError('google: credentials must be the contents of a credential file, or a function.');
  }
}

function checkImpersonation(options: GoogleImpersonation): GoogleImpersonation {
  const { serviceAccount, delegates, lifetime } = checkObject(options, 'google: impersonate');
  if (serviceAccount === undefined) throw new ConfigurationError('impersonate needs a serviceAccount.');
  checkStrings({ 'impersonate.serviceAccount': serviceAccount });
  checkDurations({ 'impersonate.lifetime': lifetime }, 1000);
  return { serviceAccount, delegates: delegates && stringList(delegates, 'impersonate.delegates'), lifetime };
}

function stringList(value: unknown, option: string): readonly string[] {
  if (Array.isArray(value) && value.every(entry => typeof entry === 'string' && entry !== '')) return [...value];
  throw new ConfigurationError(`${option} must be a list of strings.`);
}
