import { ConfigurationError, copyOptions } from '@crew/core';
import { checkObject } from '../option-checks.ts';
import type { Grant } from './grant.ts';
import { checkIdentitySource, type IdentitySource, mayReadAuthContext, readIdentity } from './identity-source.ts';

/** Short names of the token types of RFC 8693, section 3. */
const TYPES = {
  'access-token': 'urn:ietf:params:oauth:token-type:access_token',
  'refresh-token': 'urn:ietf:params:oauth:token-type:refresh_token',
  'id-token': 'urn:ietf:params:oauth:token-type:id_token',
  saml1: 'urn:ietf:params:oauth:token-type:saml1',
  saml2: 'urn:ietf:params:oauth:token-type:saml2',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const;

/** What kind of token it is: one of the short names, or the URI itself. */
export type TokenType = keyof typeof TYPES | `urn:${string}` | `https:${string}`;

/** One token and its kind. */
export interface ExchangedToken {
  readonly token: IdentitySource;
  readonly type: TokenType;
}

/** What `tokenExchange` needs. `audience`, `resource` and `scope` are the authenticator's own options. */
export interface TokenExchangeOptions {
  /** On whose behalf. */
  readonly subject: ExchangedToken;
  /** Who acts, where that is somebody else (delegation, RFC 8693, section 1.1). */
  readonly actor?: ExchangedToken | undefined;
  /** The kind of token that is wanted. Default: the server decides. */
  readonly requestedType?: TokenType | undefined;
}

const USABLE: readonly unknown[] = [TYPES['access-token'], TYPES.jwt];

/**
 * Exchanges a token for another (RFC 8693): a user's token, or the identity token of a workload, for one that the
 * endpoint accepts.
 *
 * @throws {ConfigurationError} for a missing token or an unknown type.
 */
export function tokenExchange(options: TokenExchangeOptions): Grant {
  const checked = checkObject(options, 'tokenExchange');
  const { requestedType } = checked;
  const subject = readToken(checked.subject, 'subject');
  const actor = checked.actor === undefined ? undefined : readToken(checked.actor, 'actor');
  const requested = requestedType === undefined ? undefined : typeUri(requestedType, 'requestedType');
  return {
    type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    usesAuthContext: mayReadAuthContext(subject.token) || mayReadAuthContext(actor?.token),
    parameters: async context => ({
      subject_token: await readIdentity(subject.token, 'The subject token', context),
      subject_token_type: subject.type,
      requested_token_type: requested,
      ...(actor === undefined
        ? {}
        : {
            actor_token: await readIdentity(actor.token, 'The actor token', context),
            actor_token_type: actor.type,
          }),
    }),
    checkResponse: ({ issued_token_type: issued }) => {
      if (typeof issued !== 'string') return 'it has no issued_token_type (RFC 8693, section 2.2.1)';
      if (USABLE.includes(issued) || issued === requested) return undefined;
      return 'it issued another kind of token than an access token; ask for one with requestedType';
    },
  };
}

/** A copy, with the URI for its type. */
function readToken(
  part: ExchangedToken | undefined,
  what: 'subject' | 'actor',
): { readonly token: IdentitySource; readonly type: string } {
  if (typeof part !== 'object' || part === null) {
    throw new ConfigurationError(`tokenExchange: ${what} must be an object with \`token\` and \`type\`.`);
  }
  const { token, type } = copyOptions(part);
  checkIdentitySource(token, `The ${what} token`);
  return { token, type: typeUri(type, `${what}.type`) };
}

function typeUri(type: TokenType, what: string): string {
  if (Object.hasOwn(TYPES, type)) return TYPES[type as keyof typeof TYPES];
  if (typeof type === 'string' && /^(?:urn|https):/.test(type)) return type;
  throw new ConfigurationError(`tokenExchange: ${what} must be a URI or one of ${Object.keys(TYPES).join(', ')}.`);
}
