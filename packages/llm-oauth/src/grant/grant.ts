import type { ClientRequest } from '../client-authentication/client-authentication.ts';
import type { IdentitySource } from './identity-source.ts';

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
  complaint?(response: Readonly<Record<string, unknown>>): string | undefined;
  /** False where no parameter depends on `authContext`. Default true: tokens are kept for each. */
  readonly usesAuthContext?: boolean | undefined;
  /** The refresh token to begin with, where that is what the grant lives on. */
  readonly refreshToken?: IdentitySource | undefined;
}
