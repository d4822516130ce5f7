import { type Clock, CredentialError } from '@crew/core';

/** A credential as a mechanism obtained it. */
export interface ObtainedCredential<T> {
  /** The credential itself: a token, a signed assertion, a set of cookies. Never `undefined`. */
  readonly value: T;
  /** When it stops being accepted, in milliseconds since the epoch. `undefined`: only a refusal ends it. */
  readonly expiresAt: number | undefined;
  /**
   * From when on it should be renewed, in milliseconds since the epoch, where the server says so. A moment that is not
   * in the future is ignored. Default: a tenth of its life before the end, at least 30 seconds and at most 5 minutes,
   * never more than half its life.
   */
  readonly renewAfter?: number | undefined;
}

/** Longest safety margin before the expiry in which a credential is no longer used, in milliseconds. */
const LONGEST_MARGIN = 10_000;
const SHORTEST_WINDOW = 30_000;
const LONGEST_WINDOW = 300_000;
/** Early renewals of one credential are never closer together than this, in milliseconds. */
const SHORTEST_REST = 1_000;

/** A moment on both clocks: it is over as soon as either says so. The wall clock may jump, the monotonic one may pause. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

const NEVER: Moment = { wall: Number.POSITIVE_INFINITY, monotonic: Number.POSITIVE_INFINITY };

/** How long one obtained credential may be used, and from when on it is renewed early. */
export class Lifetime {
  readonly #clock: Clock;
  readonly #end: Moment;
  readonly #renewal: Moment;

  /** @throws {CredentialError} when the times make no sense, or the credential had expired when it arrived. */
  constructor(obtained: ObtainedCredential<unknown>, clock: Clock, name: string) {
    this.#clock = clock;
    const now: Moment = { wall: clock.wall(), monotonic: clock.monotonic() };
    const { expiresAt = Number.POSITIVE_INFINITY, renewAfter } = obtained;
    const life = expiresAt - now.wall;
    if (Number.isNaN(life)) {
      throw new CredentialError(`${name}: the credential's expiry is not a number of milliseconds since the epoch.`);
    }
    if (life <= 0) {
      throw new CredentialError(
        `${name}: the credential had already expired when it was obtained. Check where it comes from, and this ` +
          "machine's clock.",
      );
    }
    const margin = Math.min(LONGEST_MARGIN, 0.05 * life);
    this.#end = after(now, life - margin);
    this.#renewal = after(now, Math.max(untilRenewal(life, renewAfter, now.wall), SHORTEST_REST));
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
  // Programs that were started together must not all renew together.
  return life - window * (1 - 0.1 * Math.random());
}

function after(now: Moment, milliseconds: number): Moment {
  if (milliseconds === Number.POSITIVE_INFINITY) return NEVER;
  return { wall: now.wall + milliseconds, monotonic: now.monotonic + milliseconds };
}

function isPast(moment: Moment, clock: Clock): boolean {
  return clock.monotonic() >= moment.monotonic || clock.wall() >= moment.wall;
}
