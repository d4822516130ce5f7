import { type Clock, ConfigurationError, CredentialError } from '@crew/core';
import { type FileSecret, fromFile } from '@crew/llm-http';
import { type AuthContext, checkCredentialText, type RefusalResult, showName } from '@crew/llm-http/adapter';
import { readToken } from './read-token.ts';
import type { TokenSource } from './token-source.ts';

interface Held {
  readonly text: string;
  readonly expiresAt: number | undefined;
}

/**
 * The token in a file, as the file has it now. While that holds something other than a token, the last one is used. The
 * file is read at construction, and later without blocking, as `fromFile` does.
 */
export class FileToken implements TokenSource {
  readonly #path: string;
  readonly #opaque: boolean;
  readonly #clock: Clock;
  #read: FileSecret;
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
      this.#take(this.#read());
    } catch (thrown) {
      if (!CredentialError.isInstance(thrown)) throw thrown;
      throw new ConfigurationError(`tokenFile: ${thrown.message}`);
    }
    if (this.#malformed !== undefined) throw new ConfigurationError(`tokenFile: ${this.#malformed.problem}`);
  }

  token({ signal }: Pick<AuthContext, 'signal'>): string | Promise<string> {
    const text = this.#read({ signal });
    return typeof text === 'string' ? this.#usable(text) : text.then(value => this.#usable(value));
  }

  async refused(token: string, context: AuthContext): Promise<RefusalResult> {
    // A new reader looks at once: the file may have changed within this second.
    this.#read = fromFile(this.#path, { clock: this.#clock });
    return (await this.token(context)) === token ? false : 'renewed';
  }

  #usable(text: string): string {
    this.#take(text);
    const held = this.#held;
    if (held !== undefined && this.#clock.wall() < (held.expiresAt ?? Number.POSITIVE_INFINITY)) return held.text;
    const problem =
      this.#malformed?.problem ??
      `The token in ${showName(this.#path)} expired at ${new Date(held?.expiresAt ?? 0).toISOString()}. Check what renews it, and this machine's clock.`;
    throw new CredentialError(`jwt: ${problem}`);
  }

  #take(text: string): void {
    if (text === this.#held?.text) {
      this.#malformed = undefined;
      return;
    }
    if (text === this.#malformed?.text) return;
    const problem = this.#accept(text);
    this.#malformed = problem === undefined ? undefined : { text, problem };
  }

  #accept(text: string): string | undefined {
    const what = `The content of ${showName(this.#path)}`;
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
