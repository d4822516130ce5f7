import { AbortError, type CrewEvent } from '@crew/core';
import type { AuthHost, TransportFetch } from '@crew/llm-http/adapter';

/** More than these are not remembered. */
const MOST_HOSTS = 100;

/** The LLMs of one origin that share a session. Any of them can carry a login; one that is closed no longer does. */
export class Hosts {
  readonly #hosts: AuthHost[];

  constructor(first: AuthHost) {
    this.#hosts = [first];
  }

  add(host: AuthHost): void {
    this.#hosts.push(host);
    if (this.#hosts.length > MOST_HOSTS) this.#hosts.shift();
  }

  emit(event: CrewEvent): void {
    this.#hosts.at(-1)?.emit(event);
  }

  /** `fetch` by the newest LLM that is still open. */
  readonly fetch: TransportFetch = async (input, init = {}) => {
    const request = new Request(input, init);
    // A request follows the signal that it was given only as long as it is itself referred to: a copy's would go silent.
    const signal = init.signal ?? request.signal;
    for (;;) {
      const host = this.#hosts.at(-1);
      if (host === undefined) throw new AbortError('The LLM was closed.');
      try {
        return await host.fetch(request.clone(), { signal, maxResponseBytes: init.maxResponseBytes });
      } catch (thrown) {
        const isClosed = AbortError.isInstance(thrown) && !signal.aborted;
        if (!isClosed || this.#hosts.length === 1) throw thrown;
        this.#hosts.splice(this.#hosts.indexOf(host), 1);
      }
    }
  };
}
