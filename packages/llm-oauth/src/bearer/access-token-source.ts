import type { CrewEvent } from '@crew/core';
import type { AuthContext, ConnectionCredentials, CredentialKey, Refusal } from '@crew/llm-http/adapter';
import type { AccessToken, ObtainedToken } from './access-token.ts';

/** What one token is for: the key under which it is kept, and what its source needs to obtain it. */
export interface TokenPurpose<Purpose> {
  readonly key: CredentialKey;
  readonly purpose: Purpose;
}

/** What a source of tokens is told when it obtains one. */
export interface ObtainContext {
  /** Aborted when the deadline passes or nobody wants the token any more. */
  readonly signal: AbortSignal;
  /** The token that the endpoint refused, where that is why a new one is wanted. */
  readonly refused: AccessToken | undefined;
  /** The token that is in use, where this is an early renewal. */
  readonly current: AccessToken | undefined;
  /** Sends requests through the LLM's transport. */
  readonly fetch: typeof fetch;
  /** The certificate of the connection, where one authenticator gives it. */
  readonly connection: ConnectionCredentials | undefined;
  /** What the endpoint wants to be claimed (the `claims` request parameter), where it said so. */
  readonly claims: string | undefined;
  emit(event: CrewEvent): void;
}

/** Where access tokens come from. */
export interface AccessTokenSource<Purpose> {
  /** What the token of this attempt is for. `undefined`: nothing is known yet, send the request without a token. */
  purposeOf(context: AuthContext): TokenPurpose<Purpose> | undefined;
  obtain(purpose: Purpose, context: ObtainContext): Promise<ObtainedToken>;
  /** Learns from a challenge (RFC 9728). Whether `purposeOf` will now say something else. */
  learn?(refusal: Refusal, context: AuthContext): Promise<boolean>;
}
