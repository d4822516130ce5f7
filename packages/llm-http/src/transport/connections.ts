/// <reference path="./undici-modules.d.ts" />
import { AbortError, type Clock, ConnectionError, type CrewError } from '@crew/core';
import type { Dispatcher } from 'undici';
import type { ConnectionCredentials } from '../auth/authenticator.ts';
import { type ConnectionSettings, createDispatcher } from './dispatcher.ts';

/** So long may a request on replaced credentials go on, in milliseconds. */
const DRAIN = 30_000;

/** The right to send on connections that were made with certain credentials. */
export interface Lease {
  readonly dispatcher: Dispatcher;
  readonly credentials: ConnectionCredentials | undefined;
  /** Gives it back. More than once does nothing. */
  release(): void;
}

/**
 * The connections of one LLM. They all belong to one generation of credentials; new credentials get new connections,
 * and the old ones are closed when their last request has ended, or after 30 seconds by force.
 */
export class Connections {
  readonly #settings: ConnectionSettings;
  #current: Generation | undefined;
  readonly #retired = new Set<Generation>();
  #isClosed = false;

  /** @throws {ConfigurationError} when the settings cannot make a connection. */
  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /**
   * @throws {ConfigurationError} when the credentials cannot be used; then the ones before stay in use.
   * @throws {AbortError} when the connections were closed.
   */
  lease(credentials: ConnectionCredentials | undefined): Lease {
    if (this.#isClosed) throw new AbortError('The LLM was closed.');
    if (this.#current === undefined || this.#current.id !== credentials?.id) this.#replace(credentials);
    return (this.#current as Generation).lease();
  }

  /** Ends every connection now. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#current = undefined;
    await Promise.all(all.map(generation => generation.destroy(new AbortError('The LLM was closed.'))));
  }

  #replace(credentials: ConnectionCredentials | undefined): void {
    const next = new Generation(createDispatcher(this.#settings, credentials), credentials, this.#settings.clock);
    const old = this.#current;
    this.#current = next;
    if (old === undefined) return;
    this.#retired.add(old);
    const end = (): void => {
      this.#retired.delete(old);
    };
    old.retire().then(end, end);
  }
}

/** The connections that were made with the same credentials. */
class Generation {
  readonly #dispatcher: Dispatcher;
  readonly #credentials: ConnectionCredentials | undefined;
  readonly #clock: Clock;
  readonly #drained = new AbortController();
  #leases = 0;
  #isRetired = false;

  constructor(dispatcher: Dispatcher, credentials: ConnectionCredentials | undefined, clock: Clock) {
    this.#dispatcher = dispatcher;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  get id(): string | undefined {
    return this.#credentials?.id;
  }

  lease(): Lease {
    this.#leases += 1;
    let held = true;
    return {
      dispatcher: this.#dispatcher,
      credentials: this.#credentials,
      release: () => {
        if (!held) return;
        held = false;
        this.#leases -= 1;
        this.#drain();
      },
    };
  }

  /** Resolves when it is closed. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    this.#drain();
    await this.#clock.sleep(DRAIN, this.#drained.signal).catch(() => undefined);
    await this.destroy(
      new ConnectionError(`The connection was closed: its client certificate was replaced ${DRAIN / 1000} s ago.`),
    );
  }

  /** What is still under way ends with that error. */
  async destroy(why: CrewError): Promise<void> {
    this.#drained.abort();
    await this.#dispatcher.destroy(why);
  }

  #drain(): void {
    if (this.#isRetired && this.#leases === 0) this.#drained.abort();
  }
}
