import { type Clock, ConfigurationError, CredentialError } from '@crew/core';
import { checkCredentialText, type RefusalResult } from '@crew/llm-http/adapter';
import { readToken } from './read-token.ts';
import type { TokenSource } from './token-source.ts';

/**
 * One token that never changes. It is judged by this machine's clock alone: with a server's, one wrong `date` would keep it
 * from being sent, and nothing would be learnt any more.
 */
export class GivenToken implements TokenSource {
  readonly #token: string;
  readonly #expiresAt: number | undefined;
  readonly #clock: Clock;

  /** @throws {ConfigurationError} for a token that is malformed, or has expired. */
  constructor(token: string, opaque: boolean, clock: Clock) {
    checkCredentialText(token, 'token');
    const reading = readToken(token, opaque);
    if ('problem' in reading) throw new ConfigurationError(`token ${reading.problem}.`);
    this.#token = token;
    this.#expiresAt = reading.expiresAt;
    this.#clock = clock;
    const expired = this.#expired;
    if (expired !== undefined) throw new ConfigurationError(`token ${expired}`);
  }

  token(): string {
    const expired = this.#expired;
    if (expired !== undefined) throw new CredentialError(`jwt: the token ${expired}`, { terminal: true });
    return this.#token;
  }

  refused(): RefusalResult {
    return false;
  }

  get #expired(): string | undefined {
    if (this.#expiresAt === undefined || this.#clock.wall() < this.#expiresAt) return undefined;
    return (
      `expired at ${new Date(this.#expiresAt).toISOString()}. Give a new one, or a function or file that follows its ` +
      "changes; or set this machine's clock."
    );
  }
}
