import { type AuthContext, BoundedMap, type OutgoingRequest } from '@crew/llm-http/adapter';
import { type KeySource, readKey } from './key-source.ts';

/** Duration of the first cooldown if the 429 response does not specify one, in milliseconds. It doubles each time. */
const FIRST_COOLDOWN = 1_000;
/** Longest cooldown if the 429 response does not specify one, in milliseconds. */
const MAX_COOLDOWN = 60_000;
/** Longest cooldown that a server can demand, in milliseconds: a wrong number must not disable the key for good. */
const MAX_RETRY_AFTER = 3_600_000;

/** State of one value of a key. */
interface ValueState {
  isRefused: boolean;
  /** End of the cooldown on the monotonic clock, in milliseconds. */
  cooldownUntil: number;
  /** Number of cooldowns since the value last worked. */
  cooldowns: number;
}

/**
 * One key of a pool with the state of each of its values. A function may return a different value for every tenant, and the
 * refusal or rate limit of one tenant's key does not affect the other tenants.
 */
export class PoolKey {
  /** Sequence number of the latest use, counted over the whole pool. */
  lastUse = 0;
  readonly #source: KeySource;
  readonly #label: string;
  readonly #states = new BoundedMap<string, ValueState>();
  /** For a function: the rate-limited value by the `authContext` of the calls that use it. */
  readonly #limitedValues = new BoundedMap<unknown, string>();

  constructor(source: KeySource, label: string) {
    this.#source = source;
    this.#label = label;
  }

  /** The key if it is a string. Its state is then known without calling a function. */
  get constant(): string | undefined {
    return typeof this.#source === 'string' ? this.#source : undefined;
  }

  /** True if the key is a string that the server refused, so that it can never work again. */
  get isDropped(): boolean {
    return this.constant !== undefined && this.wasRefused(this.constant);
  }

  /** Returns the remaining cooldown of a value, in milliseconds. */
  cooldownOf(value: string | undefined, now: number): number {
    const state = value === undefined ? undefined : this.#states.get(value);
    return Math.max(0, (state?.cooldownUntil ?? 0) - now);
  }

  /** Returns the remaining cooldown for such calls, in milliseconds, as far as it is known without calling a function. */
  cooldownFor(authContext: unknown, now: number): number {
    return this.cooldownOf(this.constant ?? this.#limitedValues.get(authContext), now);
  }

  /** Returns the value for this attempt. A function receives as `refused` only a value that it returned for this call. */
  read(request: OutgoingRequest, context: AuthContext, refused?: string): string | Promise<string> {
    return readKey(this.#source, this.#label, request, context, refused);
  }

  /** Returns true if the server refused this value. */
  wasRefused(value: string): boolean {
    return this.#states.get(value)?.isRefused ?? false;
  }

  /** Records that the server refused this value. */
  markRefused(value: string): void {
    this.#stateOf(value).isRefused = true;
  }

  /** Makes all refused values usable again. */
  clearRefusals(): void {
    for (const state of this.#states.values()) state.isRefused = false;
  }

  /** Resets the backoff after the server accepted the value: the next cooldown is a short one. */
  resetBackoff(value: string, now: number): void {
    const state = this.#states.get(value);
    if (state !== undefined && this.cooldownOf(value, now) === 0) state.cooldowns = 0;
  }

  /**
   * Starts the cooldown of a rate-limited value. Concurrent calls that are limited together count once.
   *
   * @param retryAfter Milliseconds that the server demands. `undefined` applies the exponential backoff.
   */
  startCooldown(value: string, retryAfter: number | undefined, now: number, authContext: unknown): void {
    const state = this.#stateOf(value);
    if (this.cooldownOf(value, now) === 0) state.cooldowns++;
    const backoff = Math.min(MAX_COOLDOWN, FIRST_COOLDOWN * 2 ** (state.cooldowns - 1));
    state.cooldownUntil = Math.max(state.cooldownUntil, now + Math.min(retryAfter ?? backoff, MAX_RETRY_AFTER));
    if (this.constant === undefined) this.#limitedValues.set(authContext, value);
  }

  #stateOf(value: string): ValueState {
    const state = this.#states.get(value) ?? { isRefused: false, cooldownUntil: 0, cooldowns: 0 };
    this.#states.set(value, state);
    return state;
  }
}
