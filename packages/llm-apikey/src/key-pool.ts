import { type Clock, RateLimitError } from '@crew/core';
import type { AuthContext, OutgoingRequest } from '@crew/llm-http/adapter';
import type { PoolKey } from './pool-key.ts';

/** A key with the value that one attempt sends. */
export interface Lease {
  readonly key: PoolKey;
  readonly value: string;
}

/**
 * The keys of one endpoint. Each attempt gets the least recently used key that is neither refused nor in a cooldown, so that
 * concurrent calls spread evenly. If all keys were refused, the least recently used one is tried again, so that the caller
 * gets the server's own response.
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
   * Selects a key for an attempt, without a promise if its source is synchronous.
   *
   * @throws {RateLimitError} if every key is in a cooldown. Its `retryAfter` is the shortest cooldown, for which the retry
   * policy of the LLM waits or not. The error is thrown, or rejects the promise.
   */
  lease(request: OutgoingRequest, context: AuthContext): Lease | Promise<Lease> {
    return this.#lease(request, context, new Map());
  }

  /** Returns the milliseconds until a key is available to such a call, or `undefined` if the server refused all of them. */
  timeUntilAvailable({ authContext }: AuthContext): number | undefined {
    const now = this.#clock.monotonic();
    const cooldowns = this.#keys.filter(key => !key.isDropped).map(key => key.cooldownFor(authContext, now));
    return cooldowns.length === 0 ? undefined : Math.min(...cooldowns);
  }

  /** Records that the server accepted the key. */
  onSuccess({ key, value }: Lease): void {
    key.resetBackoff(value, this.#clock.monotonic());
    // The server had refused this value before: the fault was its own, so its other refusals may be wrong as well.
    if (key.wasRefused(value)) for (const other of this.#keys) other.clearRefusals();
  }

  /**
   * Records that the key is rate limited.
   *
   * @param retryAfter Milliseconds that the server demands, if it specifies them.
   */
  onRateLimit({ key, value }: Lease, retryAfter: number | undefined, { authContext }: AuthContext): void {
    key.startCooldown(value, retryAfter, this.#clock.monotonic(), authContext);
  }

  /** Records that the server refused the key. Returns true if there is another key, or a new value of this one. */
  async onRefusal({ key, value }: Lease, request: OutgoingRequest, context: AuthContext): Promise<boolean> {
    key.markRefused(value);
    for (const other of this.#keys) {
      if (other === key || other.isDropped) continue;
      if (!other.wasRefused(await this.#currentValue(other, request, context))) return true;
    }
    return !key.isDropped && !key.wasRefused(await key.read(request, context, value));
  }

  /** `skipped` holds the keys that this attempt found unusable, with their current values. */
  #lease(
    request: OutgoingRequest,
    context: AuthContext,
    skipped: ReadonlyMap<PoolKey, string>,
  ): Lease | Promise<Lease> {
    const now = this.#clock.monotonic();
    const candidates = this.#keys.filter(key => !key.isDropped && !skipped.has(key));
    const key = leastRecentlyUsed(candidates.filter(one => one.cooldownOf(one.constant, now) === 0));
    if (key === undefined) return this.#leaseRefused(candidates, skipped, now);
    // Counted before the wait for its value, so that concurrent calls take the next key.
    key.lastUse = ++this.#uses;
    const settle = (value: string): Lease | Promise<Lease> =>
      key.wasRefused(value) || key.cooldownOf(value, this.#clock.monotonic()) > 0
        ? this.#lease(request, context, new Map(skipped).set(key, value))
        : { key, value };
    const value = this.#currentValue(key, request, context);
    return typeof value === 'string' ? settle(value) : value.then(settle);
  }

  /** Returns the least recently used key if all keys were refused. Throws if one of them only waits for its cooldown. */
  #leaseRefused(candidates: readonly PoolKey[], skipped: ReadonlyMap<PoolKey, string>, now: number): Lease {
    const limited = [...skipped].filter(([key, value]) => !key.wasRefused(value));
    const cooldowns = [
      ...candidates.map(key => key.cooldownOf(key.constant, now)),
      ...limited.map(([key, value]) => key.cooldownOf(value, now)),
    ];
    if (cooldowns.length > 0) throw this.#rateLimitError(cooldowns);
    const key = leastRecentlyUsed(this.#keys);
    const value = key && (key.constant ?? skipped.get(key));
    if (key === undefined || value === undefined) throw new TypeError('A key pool has at least one key.');
    key.lastUse = ++this.#uses;
    return { key, value };
  }

  /** Returns the current value of a key. A function whose value was refused is called again with it, for a new one. */
  #currentValue(key: PoolKey, request: OutgoingRequest, context: AuthContext): string | Promise<string> {
    const settle = (value: string): string | Promise<string> =>
      key.wasRefused(value) ? key.read(request, context, value) : value;
    const value = key.read(request, context);
    return typeof value === 'string' ? settle(value) : value.then(settle);
  }

  /** `cooldowns` holds the remaining cooldown of every key that was not refused. */
  #rateLimitError(cooldowns: readonly number[]): RateLimitError {
    const retryAfter = Math.min(...cooldowns) / 1000;
    return new RateLimitError(
      `${describeRateLimit(cooldowns.length, this.#keys.length)} The first key is available again in ` +
        `${Math.ceil(retryAfter)} s. Wait that long, or add a key.`,
      { retryAfter },
    );
  }
}

function describeRateLimit(limited: number, all: number): string {
  if (all === 1) return 'The API key is rate limited.';
  if (limited === all) return `All ${all} API keys are rate limited.`;
  const refused = all - limited === 1 ? 'the other one' : `the other ${all - limited}`;
  return `${limited} of ${all} API keys ${limited === 1 ? 'is' : 'are'} rate limited; the server refused ${refused}.`;
}

function leastRecentlyUsed(keys: readonly PoolKey[]): PoolKey | undefined {
  let found = keys[0];
  for (const key of keys) if (found !== undefined && key.lastUse < found.lastUse) found = key;
  return found;
}
