import { type Clock, RateLimitError } from '@crew/core';
import type { AuthContext, OutgoingRequest } from '@crew/llm-http';
import type { PoolKey } from './pool-key.ts';

/** A key that an attempt uses. */
export interface Lease {
  readonly key: PoolKey;
  readonly value: string;
}

/**
 * The keys for one endpoint. Each attempt gets the one that was unused longest among those that neither rest nor were
 * refused, so that concurrent calls spread evenly. When all were refused, the one that was unused longest is tried: what
 * comes back is the server's own word.
 */
export class KeyPool {
  readonly #keys: readonly PoolKey[];
  readonly #clock: Clock;
  #uses = 0;

  constructor(keys: readonly PoolKey[], clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * A key for this attempt, at once where that is possible.
   *
   * Throws, or rejects with, a `RateLimitError` when every key rests: its `retryAfter` is the shortest rest, which the
   * LLM's retry policy waits for, or does not.
   */
  take(request: OutgoingRequest, context: AuthContext): Lease | Promise<Lease> {
    return this.#take(request, context, undefined);
  }

  /** Milliseconds until a key is free: 0 when one is; `undefined` when the server refused them all. */
  get untilFree(): number | undefined {
    const now = this.#clock.monotonic();
    const rests = this.#keys.filter(key => !key.isDropped).map(key => key.restLeft(now));
    return rests.length === 0 ? undefined : Math.min(...rests);
  }

  /** The server took the key of this attempt. */
  accepted({ key, value }: Lease): void {
    key.recover(this.#clock.monotonic());
    // It had refused this very value: the fault was its own, and its other refusals may be too.
    const forgiven = key.wasRefused(value) ? this.#keys : [key];
    for (const one of forgiven) one.forgetRefusal();
  }

  /** The server takes no more of the key of this attempt for now. `milliseconds`: for how long, where it says so. */
  limited({ key }: Lease, milliseconds: number | undefined): void {
    key.rest(milliseconds, this.#clock.monotonic());
  }

  /** The server refused the key of this attempt. Whether there is another one, or a new value of this one. */
  async refused(lease: Lease, request: OutgoingRequest, context: AuthContext): Promise<boolean> {
    lease.key.drop(lease.value);
    const others = this.#keys.filter(key => key !== lease.key);
    for (const key of [...others, lease.key]) {
      if (!key.isDropped && !key.wasRefused(await key.read(request, context))) return true;
    }
    return false;
  }

  /** `passedOver`: keys whose present value the server has refused, as this attempt has found. */
  #take(
    request: OutgoingRequest,
    context: AuthContext,
    passedOver: ReadonlySet<PoolKey> | undefined,
  ): Lease | Promise<Lease> {
    const now = this.#clock.monotonic();
    const usable = this.#keys.filter(key => !key.isDropped && !passedOver?.has(key));
    const key = longestUnused(usable.filter(one => one.restLeft(now) === 0));
    if (key === undefined && usable.length > 0) throw this.#allRest(Math.min(...usable.map(one => one.restLeft(now))));
    const chosen = key ?? longestUnused(this.#keys);
    if (chosen === undefined) throw new TypeError('A key pool has at least one key.');
    // Counted before the wait for its value: concurrent calls go on to the next key.
    chosen.lastUse = ++this.#uses;
    const settle = (value: string): Lease | Promise<Lease> =>
      key?.wasRefused(value) ? this.#take(request, context, new Set(passedOver).add(key)) : { key: chosen, value };
    const value = chosen.read(request, context);
    return typeof value === 'string' ? settle(value) : value.then(settle);
  }

  #allRest(milliseconds: number): RateLimitError {
    const seconds = milliseconds / 1000;
    const keys = this.#keys.length === 1 ? 'The API key rests' : `All ${this.#keys.length} API keys rest`;
    return new RateLimitError(
      `${keys} because the server takes no more requests for now. The first is free again in ${Math.ceil(seconds)} s. ` +
        'Wait that long, or add a key.',
      { retryAfter: seconds },
    );
  }
}

function longestUnused(keys: readonly PoolKey[]): PoolKey | undefined {
  let found = keys[0];
  for (const key of keys) if (found !== undefined && key.lastUse < found.lastUse) found = key;
  return found;
}
