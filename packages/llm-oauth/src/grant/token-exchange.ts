import { ConfigurationError, copyOptions } from '@crew/core';
import { checkObject } from '../option-checks.ts';
import type { Grant } from './grant.ts';
import { checkIdentitySource, type IdentitySource, mayReadAuthContext, readIdentity } from './identity-source.ts';

/** Token types of RFC 8693, section 3, by short name. */
const TOKEN_TYPES = {
  'access-token': 'urn:ietf:params:oauth:token-type:access_token',
  'refresh-token': 'urn:ietf:params:oauth:token-type:refresh_token',
  'id-token': 'urn:ietf:params:oauth:token-type:id_token',
  saml1: 'urn:ietf:params:oauth:token-type:saml1',
  saml2: 'urn:ietf:params:oauth:token-type:saml2',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const;

/** Type of a token: a short name or a URI. */
export type TokenType = keyof typeof TOKEN_TYPES | `urn:${string}` | `https:${string}`;

/** A token and its type. */
export interface ExchangedToken {
  readonly token: IdentitySource;
  readonly type: TokenType;
}

/** Options of `tokenExchange`. Set `audience`, `resource` and `scope` as options of `oauth` or `OAuthLLM`. */
export interface TokenExchangeOptions {
  /** Token of the party on whose behalf the request is made. */
  readonly subject: ExchangedToken;
  /** Token of the acting party, for delegation (RFC 8693, section 1.1). */
  readonly actor?: ExchangedToken | undefined;
  /** Type of the requested token. Default: the server decides. */
  readonly requestedType?: TokenType | undefined;
}

const USABLE_TYPES: readonly unknown[] = [TOKEN_TYPES['access-token'], TOKEN_TYPES.jwt];

/**
 * Creates the token exchange grant (RFC 8693). It exchanges a user's token, or the identity token of a workload, for a
 * token that the endpoint accepts.
 *
 * @example
 * ```ts no-run
 * import { kubernetesToken, OAuthLLM, tokenExchange } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   audience: 'https://gateway.example',
 *   grant: tokenExchange({ subject: { type: 'jwt', token: kubernetesToken() } }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
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
      if (USABLE_TYPES.includes(issued) || issued === requested) return undefined;
      return 'its issued_token_type is not an access token; set requestedType to request one';
    },
  };
}

/** Checks and copies a token, with the URI of its type. */
function readToken(
  part: ExchangedToken | undefined,
  role: 'subject' | 'actor',
): { readonly token: IdentitySource; readonly type: string } {
  if (typeof part !== 'object' || part === null) {
    throw new ConfigurationError(`tokenExchange: ${role} must be an object with \`token\` and \`type\`.`);
  }
  const { token, type } = copyOptions(part);
  checkIdentitySource(token, `The ${role} token`);
  return { token, type: typeUri(type, `${role}.type`) };
}

function typeUri(type: TokenType, option: string): string {
  if (Object.hasOwn(TOKEN_TYPES, type)) return TOKEN_TYPES[type as keyof typeof TOKEN_TYPES];
  if (typeof type === 'string' && /^(?:urn|https):/.test(type)) return type;
  throw new ConfigurationError(
    `tokenExchange: ${option} must be a URI or one of ${Object.keys(TOKEN_TYPES).join(', ')}.`,
  );
}
