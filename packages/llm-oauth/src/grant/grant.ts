import { ConfigurationError } from '@crew/core';
import { showName } from '@crew/llm-http/adapter';
import type { ClientRequest } from '../client-authentication/client-authentication.ts';
import { checkObject, isPlainObject } from '../option-checks.ts';
import { checkIdentitySource, type IdentitySource, mayReadAuthContext } from './identity-source.ts';

/** Parameters of a token request by name. A list sends the parameter once for each of its values. */
export type GrantParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a grant is told when it makes a request. */
export type GrantContext = Pick<
  ClientRequest,
  'signal' | 'refused' | 'fetch' | 'authContext' | 'issuer' | 'tokenEndpoint' | 'clientId' | 'now'
>;

/** One way to be given an access token (RFC 6749, section 1.3): the grant type and its parameters. */
export interface Grant {
  /** The value of `grant_type`. */
  readonly type: string;
  /** The parameters of one request. Called anew for each, so that an assertion is never stale. */
  parameters(context: GrantContext): GrantParameters | Promise<GrantParameters>;
  /** Says what is wrong with a successful response, if something is. */
  checkResponse?(response: Readonly<Record<string, unknown>>): string | undefined;
  /** False where no parameter depends on `authContext`. Default true: tokens are kept for each. */
  readonly usesAuthContext?: boolean | undefined;
  /** The refresh token to begin with, where that is what the grant lives on. */
  readonly refreshToken?: IdentitySource | undefined;
}

/** The client's own identity is all (RFC 6749, section 4.4). The default. */
export function clientCredentials(): Grant {
  return { type: 'client_credentials', usesAuthContext: false, parameters: () => ({}) };
}

/**
 * A refresh token that a login elsewhere gave (RFC 6749, section 6). When the server replaces it, the new one is stored
 * before it is used and the old one is discarded; give a `store` that outlives the process, or the one that is given
 * here will be a used one after a restart. A different `token` than before counts as a new login.
 *
 * @throws {ConfigurationError} for a token that is empty, not visible ASCII, or no string and no function.
 */
export function refreshToken(token: IdentitySource): Grant {
  checkIdentitySource(token, 'refreshToken');
  // In a closure, so that printing the grant does not print the token.
  return {
    type: 'refresh_token',
    parameters: () => ({}),
    usesAuthContext: mayReadAuthContext(token),
    refreshToken: typeof token === 'string' ? () => token : token,
  };
}

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
export function customGrant(options: CustomGrantOptions): Grant {
  const checked = checkObject(options, 'customGrant');
  const { type, parameters = {} } = checked;
  if (typeof type !== 'string' || type === '') throw new ConfigurationError('customGrant needs a type.');
  if (type === 'refresh_token') throw new ConfigurationError('Use refreshToken() for the refresh token grant.');
  const usesAuthContext = mayReadAuthContext(parameters);
  if (typeof parameters === 'function') return { type, usesAuthContext, parameters };
  const own = copyParameters(parameters, 'customGrant: parameters');
  return { type, usesAuthContext, parameters: () => own };
}

/**
 * A copy of its own: what the caller does to theirs later reaches no request.
 *
 * @throws {ConfigurationError} naming the parameter that is no text and no list of texts, never its value.
 */
export function copyParameters(parameters: unknown, subject: string): GrantParameters {
  if (!isPlainObject(parameters)) {
    throw new ConfigurationError(`${subject} must be an object of parameter names and their values.`);
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, copyValue(value, subject, name)]));
}

function copyValue(value: unknown, subject: string, name: string): string | readonly string[] | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const list: readonly unknown[] = Array.isArray(value) ? [...value] : [undefined];
  if (list.every(one => typeof one === 'string')) return list;
  throw new ConfigurationError(`${subject}: the value of ${showName(name)} must be a string or a list of strings.`);
}
