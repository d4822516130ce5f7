import type { AuthContext, RefusalAnswer } from '@crew/llm-http';

/** Where the tokens of one authenticator come from. */
export interface TokenSource {
  /** The token for an attempt, at once where that is possible. */
  token(context: AuthContext): string | Promise<string>;
  /** The server refused this token. */
  refused(token: string, context: AuthContext): RefusalAnswer | Promise<RefusalAnswer>;
  close?(): void;
}
