import { ConfigurationError } from '@crew/core';
import { checkObject } from '../option-checks.ts';
import type { Grant, GrantContext, GrantParameters } from './grant.ts';
import { copyParameters } from './grant-parameters.ts';
import { mayReadAuthContext } from './identity-source.ts';

/** What `customGrant` needs. */
export interface CustomGrantOptions {
  /** The value of `grant_type`: usually a URI (RFC 6749, section 4.5). */
  readonly type: string;
  /** Its parameters, or a function that gives them for each request. Empty and undefined ones are not sent. */
  readonly parameters?:
    | GrantParameters
    | ((context: GrantContext) => GrantParameters | Promise<GrantParameters>)
    | undefined;
}

/**
 * Any other grant (RFC 6749, section 4.5). Every parameter is treated as a secret.
 *
 * @throws {ConfigurationError} without a type, or for malformed parameters.
 */
export function customGrant(given: CustomGrantOptions): Grant {
  const options = checkObject(given, 'customGrant');
  const { type, parameters = {} } = options;
  if (typeof type !== 'string' || type === '') throw new ConfigurationError('customGrant needs a type.');
  if (type === 'refresh_token') throw new ConfigurationError('Use refreshToken() for the refresh token grant.');
  const usesAuthContext = mayReadAuthContext(parameters);
  if (typeof parameters === 'function') return { type, usesAuthContext, parameters };
  const own = copyParameters(parameters, 'customGrant: parameters');
  return { type, usesAuthContext, parameters: () => own };
}
