import { type Clock, CredentialError } from '@crew/core';

/** A credential with its expiry, as returned by its source. */
export interface ObtainedCredential<T> {
  /** The credential, such as a token, a signed assertion or a set of cookies. Never `undefined`. */
  readonly value: T;
  /** Time of expiry, in milliseconds since the epoch. `undefined` if only a refusal ends the credential. */
  readonly expiresAt: number | undefined;
  /**
   * Time of the early renewal, in milliseconds since the epoch, if the server specifies it. A time that is not in the future is
   * ignored. Default: a tenth of the lifetime before the expiry, at least 30 seconds and at most 5 minutes, and never more than
   * half the lifetime.
   */
  readonly renewAfter?: number | undefined;
}

/** Maximum time before the expiry in which a credential is no longer used, in milliseconds. */
const LONGEST_MARGIN = 10_000;
/** Minimum and maximum time of the early renewal before the expiry, in milliseconds. */
const SHORTEST_WINDOW = 30_000;
const LONGEST_WINDOW = 300_000;
/** Minimum interval between early renewals, in milliseconds. */
const MIN_INTERVAL = 1_000;

/** A time on both clocks. It has passed once it has passed on either clock: the wall clock may jump, the monotonic clock may pause. */
interface Instant {
  readonly wall: number;
  readonly monotonic: number;
}

const NEVER: Instant = { wall: Number.POSITIVE_INFINITY, monotonic: Number.POSITIVE_INFINITY };

/** The time for which a credential is used, and the time from which it is renewed early. */
export class Lifetime {
  readonly #clock: Clock;
  readonly #end: Instant;
  readonly #renewal: Instant;

  /** @throws {CredentialError} if the expiry is not a number, or the credential had already expired. */
  constructor(obtained: ObtainedCredential<unknown>, clock: Clock, name: string) {
    this.#clock = clock;
    const now: Instant = { wall: clock.wall(), monotonic: clock.monotonic() };
    const { expiresAt = Number.POSITIVE_INFINITY, renewAfter } = obtained;
    const life = expiresAt - now.wall;
    if (Number.isNaN(life)) {
      throw new CredentialError(`${name}: the credential's expiry is not a number of milliseconds since the epoch.`);
    }
    if (life <= 0) {
      throw new CredentialError(
        `${name}: the credential had already expired when it was obtained. Check its source and the clock of this machine.`,
      );
    }
    const margin = Math.min(LONGEST_MARGIN, 0.05 * life);
    this.#end = after(now, life - margin);
    this.#renewal = after(now, Math.max(untilRenewal(life, renewAfter, now.wall), MIN_INTERVAL));
  }

  get isOver(): boolean {
    return isPast(this.#end, this.#clock);
  }

  get isDueForRenewal(): boolean {
    return isPast(this.#renewal, this.#clock);
  }
}

function untilRenewal(life: number, renewAfter: number | undefined, now: number): number {
  if (renewAfter !== undefined && renewAfter > now) return renewAfter - now;
  if (life === Number.POSITIVE_INFINITY) return life;
  const window = Math.min(Math.max(0.1 * life, SHORTEST_WINDOW), LONGEST_WINDOW, life / 2);
  // Jitter: programs that were started together must not renew together.
  return life - window * (1 - 0.1 * Math.random());
}

function after(now: Instant, milliseconds: number): Instant {
  if (milliseconds === Number.POSITIVE_INFINITY) return NEVER;
  return { wall: now.wall + milliseconds, monotonic: now.monotonic + milliseconds };
}

function isPast(instant: Instant, clock: Clock): boolean {
  return clock.monotonic() >= instant.monotonic || clock.wall() >= instant.wall;
}
