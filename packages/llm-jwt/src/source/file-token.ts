import { type Clock, ConfigurationError, CredentialError } from '@crew/core';
import { type FileSecret, fromFile } from '@crew/llm-http';
import { type AuthContext, checkCredentialText, type RefusalResult, showName } from '@crew/llm-http/adapter';
import { decodeToken, type TokenSource } from './token-source.ts';

interface CurrentToken {
  readonly text: string;
  readonly expiresAt: number | undefined;
}

/**
 * The token in a file, in its current version. While the file contains something other than a token, the last token is used.
 * The file is read synchronously at construction and without blocking later, as `fromFile` does.
 */
export class FileToken implements TokenSource {
  readonly #path: string;
  readonly #opaque: boolean;
  readonly #clock: Clock;
  #read: FileSecret;
  #current: CurrentToken | undefined;
  /** Content of the file that is not a token. */
  #malformed: { readonly text: string; readonly problem: string } | undefined;

  /** @throws {ConfigurationError} if the file cannot be read or does not contain a token. */
  constructor(path: string, options: { readonly opaque: boolean; readonly clock: Clock }) {
    this.#path = path;
    this.#opaque = options.opaque;
    this.#clock = options.clock;
    this.#read = fromFile(path, { clock: options.clock });
    try {
      this.#update(this.#read());
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

  async onRefusal(token: string, context: AuthContext): Promise<RefusalResult> {
    // A new reader checks the file immediately, because it may have changed within the last second.
    this.#read = fromFile(this.#path, { clock: this.#clock });
    return (await this.token(context)) === token ? false : 'renewed';
  }

  #usable(text: string): string {
    this.#update(text);
    const current = this.#current;
    if (current !== undefined && this.#clock.wall() < (current.expiresAt ?? Number.POSITIVE_INFINITY)) {
      return current.text;
    }
    const problem =
      this.#malformed?.problem ??
      `The token in ${showName(this.#path)} expired at ${new Date(current?.expiresAt ?? 0).toISOString()}. Check the ` +
        'process that renews it, and the system clock.';
    throw new CredentialError(`jwt: ${problem}`);
  }

  #update(text: string): void {
    if (text === this.#current?.text) {
      this.#malformed = undefined;
      return;
    }
    if (text === this.#malformed?.text) return;
    const problem = this.#accept(text);
    this.#malformed = problem === undefined ? undefined : { text, problem };
  }

  /** Makes the text the current token. Returns the reason if it is not a token. */
  #accept(text: string): string | undefined {
    const label = `The content of ${showName(this.#path)}`;
    try {
      checkCredentialText(text, label);
    } catch (thrown) {
      if (ConfigurationError.isInstance(thrown)) return thrown.message;
      throw thrown;
    }
    const decoded = decodeToken(text, this.#opaque);
    if ('problem' in decoded) return `${label} ${decoded.problem}.`;
    this.#current = { text, expiresAt: decoded.expiresAt };
    return undefined;
  }
}
