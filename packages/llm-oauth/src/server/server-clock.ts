import type { Clock } from '@crew/core';

const MAX_CLOCKS = 1_000;

/** What is known of the clocks of authorization servers: what one says is nothing to another. */
export class ServerClocks {
  readonly #clock: Clock;
  /** By token endpoint, in the order of their last use, the longest unused first. */
  readonly #clocks = new Map<string, ServerClock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(tokenEndpoint: URL): ServerClock {
    const { href } = tokenEndpoint;
    const found = this.#clocks.get(href) ?? new ServerClock(this.#clock);
    this.#clocks.delete(href);
    this.#clocks.set(href, found);
    const [oldest] = this.#clocks.keys();
    if (this.#clocks.size > MAX_CLOCKS && oldest !== undefined) this.#clocks.delete(oldest);
    return found;
  }
}

/** Differences under this are the network's, in milliseconds: `Date` has whole seconds. */
const MIN_OFFSET = 30_000;
/**
 * Farthest that a server's clock may be ahead, in milliseconds: by as much it can make `exp` of assertions later than it
 * should be. An hour is what a wrong time zone or daylight saving costs.
 */
const MAX_AHEAD = 3_600_000;
/** Farthest that it may be behind, in milliseconds: that only shortens the life of assertions. */
const MAX_BEHIND = 86_400_000;

/** What one authorization server's clock says, learnt from the `Date` of its answers (RFC 9110, section 6.6.1). */
export class ServerClock {
  readonly #clock: Clock;
  #offset = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that the server is ahead. 0 while it is less than 30 seconds. */
  get offset(): number {
    return this.#offset;
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor((this.#clock.wall() + this.#offset) / 1000);
  }

  /** Learns from an answer to a request that was sent then (by the wall clock). A cached answer tells nothing. */
  update(headers: Headers, sentAt: number): void {
    const date = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(date) || headers.has('age')) return;
    const offset = date - (sentAt + this.#clock.wall()) / 2;
    if (offset > MAX_AHEAD || offset < -MAX_BEHIND) return;
    this.#offset = Math.abs(offset) > MIN_OFFSET ? offset : 0;
  }
}
