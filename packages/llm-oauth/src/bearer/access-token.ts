import { CredentialError, type CrewEvent } from '@crew/core';
import {
  type AuthContext,
  type ConnectionCredentials,
  type CredentialKey,
  checkCredentialText,
  type ObtainedCredential,
  type Refusal,
} from '@crew/llm-http/adapter';

/** A bearer token (RFC 6750). It never leaves this package, and it is never printed or serialised. */
export class AccessToken {
  readonly #text: string;
  readonly #header: string;
  /** The granted scope, if the server sent it (RFC 6749, section 3.3). */
  readonly scope: string | undefined;

  /** @throws {CredentialError} if the token cannot be sent in a header (RFC 6750, section 2.1). It never shows the token. */
  constructor(text: string, scope: string | undefined, name: string) {
    checkToken(text, name);
    this.#text = text;
    this.#header = `Bearer ${text}`;
    this.scope = scope;
  }

  /** Returns the token, or `undefined` if it cannot be sent in a header. Token stores may return any value. */
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

/** An access token with its lifetime, as returned by token sources. */
export type ObtainedToken = ObtainedCredential<AccessToken>;

/** Maximum length of an access or refresh token, in characters. Servers accept a few kilobytes of headers. */
export const MAX_TOKEN_LENGTH = 65_536;

function checkToken(text: string, name: string): void {
  const problem = tokenProblem(text);
  if (problem === undefined) return;
  throw new CredentialError(`${name}: the server returned a token that cannot be used: ${problem}`, { terminal: true });
}

/** Returns the reason why a token cannot be sent in a header, without showing the token. */
function tokenProblem(text: string): string | undefined {
  if (text.length > MAX_TOKEN_LENGTH) return `it is longer than ${MAX_TOKEN_LENGTH} characters.`;
  try {
    checkCredentialText(text, 'the access token');
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : 'it cannot be sent.';
  }
  return text.includes(' ') ? 'it contains a space.' : undefined;
}

/** Purpose of a token: its cache key, and the data by which its source obtains it. */
export interface TokenPurpose<Purpose> {
  readonly key: CredentialKey;
  readonly purpose: Purpose;
}

/** Context in which a token source obtains a token. */
export interface ObtainContext {
  /** Aborts when the deadline passes or no caller waits for the token any more. */
  readonly signal: AbortSignal;
  /** The token that the endpoint refused, if that is the reason for obtaining a new one. */
  readonly refused: AccessToken | undefined;
  /** The token in use, if it is renewed before it expires. */
  readonly current: AccessToken | undefined;
  /** Sends requests through the LLM's transport. */
  readonly fetch: typeof fetch;
  /** The client certificate of the connection, if an authenticator provides one. */
  readonly connection: ConnectionCredentials | undefined;
  /** The claims that the endpoint demanded, sent as the `claims` parameter of the token request. */
  readonly claims: string | undefined;
  /** Reports an event to the LLM. */
  emit(event: CrewEvent): void;
}

/** A source of access tokens. */
export interface AccessTokenSource<Purpose> {
  /** Returns the purpose of this attempt's token, or `undefined` to send the request without a token. */
  purposeOf(context: AuthContext): TokenPurpose<Purpose> | undefined;
  /** Obtains a token for the purpose. */
  obtain(purpose: Purpose, context: ObtainContext): Promise<ObtainedToken>;
  /** Reads a challenge (RFC 9728). Resolves to true if `purposeOf` returns another purpose from now on. */
  followChallenge?(refusal: Refusal, context: AuthContext): Promise<boolean>;
}
