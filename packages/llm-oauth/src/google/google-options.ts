import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkOptionNames } from '@crew/llm-http/adapter';
import { checkIdentitySource, type IdentitySource } from '../grant/identity-source.ts';
import { checkDurations, checkObject, checkStrings } from '../option-checks.ts';
import type { GoogleCredentials } from './credentials.ts';
import type { GoogleImpersonation } from './impersonation.ts';
import { parseTrustedOrigin } from './library.ts';

/** Options of `google`. */
export interface GoogleOptions {
  /**
   * Contents of a credential file, or a function that returns them and is called for every token. The file describes a
   * service account, an authorized user, workload identity federation (`external_account`), or an impersonated service
   * account. Default: application default credentials, then the metadata server.
   */
  readonly credentials?: GoogleCredentials | (() => GoogleCredentials | Promise<GoogleCredentials>) | undefined;
  /** OAuth scopes. Default `https://www.googleapis.com/auth/cloud-platform`. */
  readonly scopes?: readonly string[] | undefined;
  /** Service account to impersonate. */
  readonly impersonate?: GoogleImpersonation | undefined;
  /**
   * Subject token of workload identity federation, which overrides the `credential_source` of the credentials. A function
   * that declares a parameter may return a token per user, by `authContext`. Tokens are then cached per `tenant`, or per
   * string, number or boolean passed as `authContext`. Reading an object there without `tenant` is a `ConfigurationError`.
   */
  readonly subjectToken?: IdentitySource | undefined;
  /**
   * Returns the user or tenant that a call's `authContext` stands for. Calls with the same `id` share tokens, of which 1,000
   * are cached. If it returns `undefined`, the call is treated as without this option.
   */
  tenant?(authContext: unknown): { readonly id: string } | undefined;
  /**
   * Origins outside Google that the credentials may name, such as `http://169.254.169.254`, the metadata service of a
   * machine at AWS or Azure, for federation from that machine.
   */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Name of the authenticator in errors and events. Default `google`. */
  readonly name?: string | undefined;
  /** Time limit for obtaining a token, in milliseconds. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Clock for expiry and timeouts. Default: the system clock. */
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
 * Copies and checks the options. Later changes to the caller's object have no effect.
 *
 * @throws {ConfigurationError} naming the invalid option.
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
    throw new ConfigurationError('tenant must be a function that takes the authContext.');
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
    throw new ConfigurationError(
      'google: credentials must be the contents of a credential file, or a function that returns them.',
    );
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
  throw new ConfigurationError(`${option} must be a list of non-empty strings.`);
}
