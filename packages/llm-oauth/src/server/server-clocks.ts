import type { Clock } from '@crew/core';
import { ServerClock } from './server-clock.ts';

const MOST = 1_000;

/** What is known of the clocks of authorization servers: what one says is nothing to another. */
export class ServerClocks {
  readonly #clock: Clock;
  /** By token endpoint, in the order of their last use, the longest unused first. */
  readonly #known = new Map<string, ServerClock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(tokenEndpoint: URL): ServerClock {
    const { href } = tokenEndpoint;
    const found = this.#known.get(href) ?? new ServerClock(this.#clock);
    this.#known.delete(href);
    this.#known.set(href, found);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    return found;
  }
}
