import { CredentialError } from '@crew/core';
import { checkCredentialText, type Obtained } from '@crew/llm-http';

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

  get text(): string {
    return this.#text;
  }

  /** The value of the `authorization` header. */
  get header(): string {
    return this.#header;
  }
}

/** An access token with its lifetime, as every source of tokens gives it. */
export type ObtainedToken = Obtained<AccessToken>;

function checkToken(text: string, name: string): void {
  try {
    checkCredentialText(text, 'the access token');
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : 'it cannot be sent';
    throw new CredentialError(`${name}: the server gave a token that cannot be used: ${said}`, { terminal: true });
  }
  if (text.includes(' ')) {
    throw new CredentialError(`${name}: the server gave a token that cannot be used: it contains a space.`, {
      terminal: true,
    });
  }
}
