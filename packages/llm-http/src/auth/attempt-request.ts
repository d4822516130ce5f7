import { ConfigurationError } from '@crew/core';
import { showName } from '../errors/show-name.ts';
import type { Scrubber } from '../scrubber/scrubber.ts';
import { checkCredentialText, checkHeaderName } from '../transport/headers.ts';
import type { OutgoingRequest } from './authenticator.ts';

/** The authenticator that sets a header; its `name` is for errors. */
interface Setter {
  readonly name: string;
}

/** The request of one attempt, which the authenticators complete. */
export class AttemptRequest implements OutgoingRequest {
  readonly method = 'POST';
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
  readonly #url: URL;
  readonly #fixed: Readonly<Record<string, string>>;
  readonly #scrubber: Scrubber;
  readonly #setters = new Map<string, Setter>();
  #setter: Setter = { name: '' };

  constructor(url: URL, headers: Readonly<Record<string, string>>, body: Uint8Array, scrubber: Scrubber) {
    this.#url = new URL(url);
    this.#fixed = headers;
    this.headers = Object.assign(Object.create(null), headers);
    this.body = body;
    this.#scrubber = scrubber;
  }

  get url(): string {
    return this.#url.href;
  }

  /** The URL to send the request to. */
  get target(): URL {
    return this.#url;
  }

  /** Sets the authenticator that makes the following calls. Two authenticators may have the same name. */
  setBy(authenticator: Setter): void {
    this.#setter = authenticator;
  }

  get #by(): string {
    return this.#setter.name;
  }

  setHeader(name: string, value: string): void {
    const header = checkHeaderName(name, `The authenticator ${this.#by}`);
    const setter = this.#setters.get(header);
    if (Object.hasOwn(this.#fixed, header)) {
      throw new ConfigurationError(
        `The header ${showName(header)} is set by ${this.#by} and by the request itself or \`headers\`. Remove one of them.`,
      );
    }
    if (setter !== undefined && setter !== this.#setter) {
      const names = `${setter.name} and ${this.#by}`;
      throw new ConfigurationError(`The header ${showName(header)} is set by two authenticators: ${names}.`);
    }
    checkCredentialText(value, `The header ${showName(header)} of the authenticator ${this.#by}`);
    this.#scrubber.add(value);
    this.#setters.set(header, this.#setter);
    this.headers[header] = value;
  }

  setQuery(name: string, value: string): void {
    if (typeof name !== 'string' || name === '' || typeof value !== 'string' || value === '') {
      throw new ConfigurationError(`The authenticator ${this.#by} set a query parameter without a name or a value.`);
    }
    this.#scrubber.add(value);
    if (this.#url.searchParams.has(name)) {
      this.#url.searchParams.set(name, value);
      return;
    }
    // Not through searchParams, which would encode the endpoint's own parameters again.
    const parameter = new URLSearchParams([[name, value]]).toString();
    this.#url.search += this.#url.search === '' ? parameter : `&${parameter}`;
  }

  addSecret(value: string): void {
    if (typeof value === 'string') this.#scrubber.add(value);
  }
}
