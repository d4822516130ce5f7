import { CredentialError, type CrewEvent } from '@crew/core';
import {
  type AuthContext,
  type ConnectionCredentials,
  type CredentialKey,
  checkCredentialText,
  type ObtainedCredential,
  type Refusal,
} from '@crew/llm-http/adapter';

/** A bearer token ready for use (RFC 6750). It stays inside this package: nothing prints or serialises it. */
export class AccessToken {
  readonly #text: string;
  readonly #header: string;
  /** The scope that was granted, where the server said so (RFC 6749, section 3.3). */
  readonly scope: string | undefined;

  /** @throws {CredentialError} when it could not be sent in a header (RFC 6750, section 2.1). Never shows the token. */
  constructor(text: string, scope: string | undefined, name: string) {
    checkToken(text, name);
    this.#text = text;
    this.#header = `Bearer ${text}`;
    this.scope = scope;
  }

  /** The token, or `undefined` for what could not be sent: a store may hold anything. */
  static tryCreate(text: unknown, scope: unknown, name: string): AccessToken | undefined {
    if (typeof text !== 'string' || tokenProblem(text) !== undefined) return undefined;
    return new AccessToken(text, typeof scope === 'string' ? scope : undefined, name);
  }

  get text(): string {
    return this.#text;
  }

  /** The value of the `authorization` header. */
  get header(): string {
    return this.#header;
  }
}

/** An access token with its lifetime, as every source of tokens gives it. */
export type ObtainedToken = ObtainedCredential<AccessToken>;

/** Longest access or refresh token, in characters. Servers accept a few kilobytes of headers. */
export const MAX_TOKEN_LENGTH = 65_536;

function checkToken(text: string, name: string): void {
  const problem = tokenProblem(text);
  if (problem === undefined) return;
  throw new CredentialError(`${name}: the server gave a token that cannot be used: ${problem}`, { terminal: true });
}

/** The reason why a token cannot be sent in a header, as a sentence that does not show it. */
function tokenProblem(text: string): string | undefined {
  if (text.length > MAX_TOKEN_LENGTH) return `it is longer than ${MAX_TOKEN_LENGTH} characters.`;
  try {
    checkCredentialText(text, 'the access token');
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : 'it cannot be sent.';
  }
  return text.includes(' ') ? 'it contains a space.' : undefined;
}

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
  followChallenge?(refusal: Refusal, context: AuthContext): Promise<boolean>;
}
