import { ConfigurationError } from '@crew/core';
import { showName } from '@crew/llm-http/adapter';
import type { ClientRequest } from '../client-authentication/client-authentication.ts';
import { checkObject, isPlainObject } from '../option-checks.ts';
import { checkIdentitySource, type IdentitySource, mayReadAuthContext } from './identity-source.ts';

/** Parameters of a token request by name. For a list, the parameter is sent once for each value. */
export type GrantParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Context in which a grant creates the parameters of a request. */
export type GrantContext = Pick<
  ClientRequest,
  'signal' | 'refused' | 'fetch' | 'authContext' | 'issuer' | 'tokenEndpoint' | 'clientId' | 'now'
>;

/** An authorization grant (RFC 6749, section 1.3): its type and the parameters of its token requests. */
export interface Grant {
  /** The value of `grant_type`. */
  readonly type: string;
  /** Returns the parameters of one request. Called for each request, so that assertions are never stale. */
  parameters(context: GrantContext): GrantParameters | Promise<GrantParameters>;
  /** Returns the reason why a successful response cannot be used, such as `it has no id`, or `undefined` if it can. */
  checkResponse?(response: Readonly<Record<string, unknown>>): string | undefined;
  /** False if no parameter depends on `authContext`. Default true: tokens are cached per `authContext`. */
  readonly usesAuthContext?: boolean | undefined;
  /** The initial refresh token, for a grant that consists of refreshing. */
  readonly refreshToken?: IdentitySource | undefined;
}

/**
 * Creates the client credentials grant (RFC 6749, section 4.4), in which the client acts on its own behalf. It is the
 * default.
 *
 * @example
 * ```ts no-run
 * import { clientCredentials, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: clientCredentials(),
 *   scope: 'chat',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export function clientCredentials(): Grant {
  return { type: 'client_credentials', usesAuthContext: false, parameters: () => ({}) };
}

/**
 * Creates the refresh token grant (RFC 6749, section 6), for a refresh token from a login elsewhere. When the server
 * rotates the token, the new one is stored before it is used, and the old one is discarded. Set a `store` that outlives the
 * process: after a restart, the initial token has already been used. A different initial token counts as a new login.
 *
 * @example
 * ```ts no-run
 * import { fileTokenStore, fromEnv, OAuthLLM, refreshToken } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 *   store: fileTokenStore('tokens'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a token that is empty, not visible ASCII, or neither a string nor a function.
 */
export function refreshToken(token: IdentitySource): Grant {
  checkIdentitySource(token, 'refreshToken');
  // The token is in a closure, so that printing the grant does not print it.
  return {
    type: 'refresh_token',
    parameters: () => ({}),
    usesAuthContext: mayReadAuthContext(token),
    refreshToken: typeof token === 'string' ? () => token : token,
  };
}

/** Options of `customGrant`. */
export interface CustomGrantOptions {
  /** The value of `grant_type`, usually a URI (RFC 6749, section 4.5). */
  readonly type: string;
  /** Parameters, or a function that returns them for each request. Empty and undefined ones are not sent. */
  readonly parameters?:
    | GrantParameters
    | ((context: GrantContext) => GrantParameters | Promise<GrantParameters>)
    | undefined;
}

/**
 * Creates an extension grant (RFC 6749, section 4.5). Every parameter is treated as a secret.
 *
 * @example
 * ```ts no-run
 * import { customGrant, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: customGrant({
 *     type: 'urn:example:grant-type:ticket',
 *     parameters: { ticket: process.env['TICKET'] },
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if the type is missing or a parameter is malformed.
 */
export function customGrant(options: CustomGrantOptions): Grant {
  const checked = checkObject(options, 'customGrant');
  const { type, parameters = {} } = checked;
  if (typeof type !== 'string' || type === '') throw new ConfigurationError('customGrant needs a type.');
  if (type === 'refresh_token') throw new ConfigurationError('Use refreshToken() for the refresh token grant.');
  const usesAuthContext = mayReadAuthContext(parameters);
  if (typeof parameters === 'function') return { type, usesAuthContext, parameters };
  const copy = copyParameters(parameters, 'customGrant: parameters');
  return { type, usesAuthContext, parameters: () => copy };
}

/**
 * Copies the parameters. Later changes to the original have no effect.
 *
 * @throws {ConfigurationError} naming a parameter that is neither a string nor a list of strings, never its value.
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
