import type { AuthContext, RefusalResult } from '@crew/llm-http/adapter';

/** Where the tokens of one authenticator come from. */
export interface TokenSource {
  /** The token for an attempt, at once where that is possible. */
  token(context: AuthContext): string | Promise<string>;
  /** The server refused this token. */
  refused(token: string, context: AuthContext): RefusalResult | Promise<RefusalResult>;
  close?(): void;
}
