import { type Clock, RateLimitError } from '@crew/core';
import type { AuthContext, OutgoingRequest } from '@crew/llm-http/adapter';
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
    return this.#take(request, context, new Map());
  }

  /** Milliseconds until a key is free for such a call: 0 when one is; `undefined` when the server refused them all. */
  untilFree({ authContext }: AuthContext): number | undefined {
    const now = this.#clock.monotonic();
    const rests = this.#keys.filter(key => !key.isDropped).map(key => key.restLeftFor(authContext, now));
    return rests.length === 0 ? undefined : Math.min(...rests);
  }

  /** The server took the key of this attempt. */
  accepted({ key, value }: Lease): void {
    key.recover(value, this.#clock.monotonic());
    // It had refused this very value: the fault was its own, and its other refusals may be too.
    if (key.wasRefused(value)) for (const one of this.#keys) one.forgetRefusals();
  }

  /** The server takes no more of the key of this attempt for now. `milliseconds`: for how long, where it says so. */
  limited({ key, value }: Lease, milliseconds: number | undefined, { authContext }: AuthContext): void {
    key.rest(value, milliseconds, this.#clock.monotonic(), authContext);
  }

  /** The server refused the key of this attempt. Whether there is another one, or a new value of this one. */
  async refused({ key, value }: Lease, request: OutgoingRequest, context: AuthContext): Promise<boolean> {
    key.drop(value);
    for (const other of this.#keys) {
      if (other === key || other.isDropped) continue;
      if (!other.wasRefused(await this.#present(other, request, context))) return true;
    }
    return !key.isDropped && !key.wasRefused(await key.read(request, context, value));
  }

  /** `passedOver`: keys whose present value rests or was refused, as this attempt has found, with that value. */
  #take(
    request: OutgoingRequest,
    context: AuthContext,
    passedOver: ReadonlyMap<PoolKey, string>,
  ): Lease | Promise<Lease> {
    const now = this.#clock.monotonic();
    const usable = this.#keys.filter(key => !key.isDropped && !passedOver.has(key));
    const key = longestUnused(usable.filter(one => one.restLeft(one.text, now) === 0));
    if (key === undefined) return this.#leftOver(usable, passedOver, now);
    // Counted before the wait for its value: concurrent calls go on to the next key.
    key.lastUse = ++this.#uses;
    const settle = (value: string): Lease | Promise<Lease> =>
      key.wasRefused(value) || key.restLeft(value, this.#clock.monotonic()) > 0
        ? this.#take(request, context, new Map(passedOver).set(key, value))
        : { key, value };
    const value = this.#present(key, request, context);
    return typeof value === 'string' ? settle(value) : value.then(settle);
  }

  /** When no key can be used now: the shortest rest as an error, or, all being refused, the one that was unused longest. */
  #leftOver(usable: readonly PoolKey[], passedOver: ReadonlyMap<PoolKey, string>, now: number): Lease {
    const found = [...passedOver].filter(([key, value]) => !key.wasRefused(value));
    const rests = [
      ...usable.map(key => key.restLeft(key.text, now)),
      ...found.map(([key, value]) => key.restLeft(value, now)),
    ];
    if (rests.length > 0) throw this.#noneFree(rests);
    const key = longestUnused(this.#keys);
    const value = key && (key.text ?? passedOver.get(key));
    if (key === undefined || value === undefined) throw new TypeError('A key pool has at least one key.');
    key.lastUse = ++this.#uses;
    return { key, value };
  }

  /** A key's value now. A function whose value was refused is told so, and may give another one. */
  #present(key: PoolKey, request: OutgoingRequest, context: AuthContext): string | Promise<string> {
    const settle = (value: string): string | Promise<string> =>
      key.wasRefused(value) ? key.read(request, context, value) : value;
    const value = key.read(request, context);
    return typeof value === 'string' ? settle(value) : value.then(settle);
  }

  /** `rests`: of each key that was not refused. */
  #noneFree(rests: readonly number[]): RateLimitError {
    const retryAfter = Math.min(...rests) / 1000;
    return new RateLimitError(
      `${restingOf(rests.length, this.#keys.length)} The first is free again in ${Math.ceil(retryAfter)} s. ` +
        'Wait that long, or add a key.',
      { retryAfter },
    );
  }
}

function restingOf(resting: number, all: number): string {
  const why = 'because the server takes no more requests for now';
  if (all === 1) return `The API key rests ${why}.`;
  if (resting === all) return `All ${all} API keys rest ${why}.`;
  const refused = all - resting === 1 ? 'the other one' : `the other ${all - resting}`;
  return `${resting} of ${all} API keys ${resting === 1 ? 'rests' : 'rest'} ${why}; it refused ${refused}.`;
}

function longestUnused(keys: readonly PoolKey[]): PoolKey | undefined {
  let found = keys[0];
  for (const key of keys) if (found !== undefined && key.lastUse < found.lastUse) found = key;
  return found;
}
