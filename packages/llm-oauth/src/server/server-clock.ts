import type { Clock } from '@crew/core';
import { BoundedMap } from '@crew/llm-http/adapter';

/** Clocks of authorization servers. Each token endpoint has its own. */
export class ServerClocks {
  readonly #clock: Clock;
  readonly #clocks = new BoundedMap<string, ServerClock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of({ href }: URL): ServerClock {
    const clock = this.#clocks.get(href) ?? new ServerClock(this.#clock);
    this.#clocks.set(href, clock);
    return clock;
  }
}

/** Smallest offset that is used, in milliseconds. Smaller ones come from the network, and `Date` has whole seconds. */
const MIN_OFFSET = 30_000;
/**
 * Largest offset of a server's clock that is ahead, in milliseconds. A server could extend the lifetime of assertions by as
 * much. One hour covers a wrong time zone or daylight saving time.
 */
const MAX_AHEAD = 3_600_000;
/** Largest offset of a server's clock that is behind, in milliseconds. It only shortens the lifetime of assertions. */
const MAX_BEHIND = 86_400_000;

/** The clock of an authorization server, derived from the `Date` header of its responses (RFC 9110, section 6.6.1). */
export class ServerClock {
  readonly #clock: Clock;
  #offset = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time by which the server is ahead, in milliseconds. 0 if it is less than 30 seconds. */
  get offset(): number {
    return this.#offset;
  }

  /** Returns the server's time in seconds since the epoch. */
  now(): number {
    return Math.floor((this.#clock.wall() + this.#offset) / 1000);
  }

  /** Updates the offset from a response to a request sent at `sentAt` (wall clock). Cached responses are ignored. */
  update(headers: Headers, sentAt: number): void {
    const date = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(date) || headers.has('age')) return;
    const offset = date - (sentAt + this.#clock.wall()) / 2;
    if (offset > MAX_AHEAD || offset < -MAX_BEHIND) return;
    this.#offset = Math.abs(offset) > MIN_OFFSET ? offset : 0;
  }
}
