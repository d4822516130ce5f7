import { type Clock, ConfigurationError, CredentialError } from '@crew/core';
import { checkCredentialText, fromFile, type RefusalAnswer } from '@crew/llm-http';
import { readToken } from './read-token.ts';
import type { TokenSource } from './token-source.ts';

interface Held {
  readonly text: string;
  readonly expiresAt: number | undefined;
}

/** The token in a file, as the file has it now. While that holds something else than a token, the last one stands. */
export class FileToken implements TokenSource {
  readonly #path: string;
  readonly #opaque: boolean;
  readonly #clock: Clock;
  #read: () => string;
  #held: Held | undefined;
  /** What the file held when it held no token. */
  #malformed: { readonly text: string; readonly problem: string } | undefined;

  /** @throws {ConfigurationError} for a file that cannot be read, or holds no token. */
  constructor(path: string, options: { readonly opaque: boolean; readonly clock: Clock }) {
    this.#path = path;
    this.#opaque = options.opaque;
    this.#clock = options.clock;
    this.#read = fromFile(path, { clock: options.clock });
    try {
      this.#look();
    } catch (thrown) {
      if (!CredentialError.isInstance(thrown)) throw thrown;
      throw new ConfigurationError(`tokenFile: ${thrown.message}`);
    }
    if (this.#malformed !== undefined) throw new ConfigurationError(`tokenFile: ${this.#malformed.problem}`);
  }

  token(): string {
    this.#look();
    const held = this.#held;
    if (held !== undefined && this.#clock.wall() < (held.expiresAt ?? Number.POSITIVE_INFINITY)) return held.text;
    const problem =
      this.#malformed?.problem ??
      `The token in ${this.#path} expired at ${new Date(held?.expiresAt ?? 0).toISOString()}. Check what renews it, and this machine's clock.`;
    throw new CredentialError(`jwt: ${problem}`);
  }

  refused(token: string): RefusalAnswer {
    // A new reader looks at once: the file may have changed within this second.
    this.#read = fromFile(this.#path, { clock: this.#clock });
    return this.token() === token ? false : 'renewed';
  }

  #look(): void {
    const text = this.#read();
    if (text === this.#held?.text) {
      this.#malformed = undefined;
      return;
    }
    if (text === this.#malformed?.text) return;
    const problem = this.#accept(text);
    this.#malformed = problem === undefined ? undefined : { text, problem };
  }

  #accept(text: string): string | undefined {
    const what = `The content of ${this.#path}`;
    try {
      checkCredentialText(text, what);
    } catch (thrown) {
      if (ConfigurationError.isInstance(thrown)) return thrown.message;
      throw thrown;
    }
    const reading = readToken(text, this.#opaque);
    if ('problem' in reading) return `${what} ${reading.problem}.`;
    this.#held = { text, expiresAt: reading.expiresAt };
    return undefined;
  }
}
