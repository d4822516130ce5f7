import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { type Clock, systemClock } from './clock.ts';
import { abortReason, throwIfAborted } from './deadline.ts';

/** Options of `RateLimiter`. */
export interface RateLimiterOptions {
  /** Number of requests that may start per minute. A positive number; 0.5 is one request every two minutes. */
  readonly perMinute: number;
  /**
   * Number of requests that may start at once after idle time. 1 is an even pace, for servers that count in short windows.
   * Default: `perMinute`, rounded down, and at least 1.
   */
  readonly burst?: number | undefined;
  /** The source of time. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * A rate limiter that starts requests in the order of arrival: up to `burst` at once, then one every 60 / `perMinute`
 * seconds. Idle time restores the burst at the same pace (a token bucket). Share one limiter between all LLMs that use the
 * same quota.
 *
 * @throws {ConfigurationError} if `perMinute` is not a positive number, or `burst` not a whole number of at least 1.
 *
 * @example
 * Keep two models of one account below 300 requests per minute:
 *
 * ```ts
 * import { type BaseLLM, RateLimiter, wrapLLM } from '@crew/core';
 *
 * const limiter = new RateLimiter({ perMinute: 300, burst: 20 });
 *
 * export function limitRates(llms: readonly BaseLLM[]): BaseLLM[] {
 *   return llms.map(llm => wrapLLM(llm, { rateLimit: limiter }));
 * }
 * ```
 */
export class RateLimiter {
  readonly #clock: Clock;
  /** Milliseconds between the starts of two requests at an even pace. */
  readonly #interval: number;
  /** Milliseconds by which a request may start ahead of the even pace. */
  readonly #lead: number;
  /** The start of the next request at an even pace. */
  #evenStart = Number.NEGATIVE_INFINITY;
  /** Settles when the last request in the queue has started or left. */
  #queueEnd: Promise<void> = Promise.resolve();

  constructor(options: RateLimiterOptions) {
    const { perMinute, burst = Math.max(1, Math.floor(perMinute)), clock = systemClock } = copyOptions(options);
    if (!(Number.isFinite(perMinute) && perMinute > 0)) {
      throw new ConfigurationError('perMinute must be a positive number.');
    }
    if (!(Number.isInteger(burst) && burst >= 1)) {
      throw new ConfigurationError('burst must be a whole number of at least 1.');
    }
    this.#clock = clock;
    this.#interval = 60_000 / perMinute;
    this.#lead = (burst - 1) * this.#interval;
  }

  /**
   * Resolves when the caller may start its request. An abort ends the wait at once, and the next request moves up.
   *
   * @throws {AbortError} if the signal is aborted; the signal's reason, if that is a `CrewError`.
   */
  async acquire(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal, SUBJECT);
    const previous = this.#queueEnd;
    let leaveQueue = (): void => undefined;
    this.#queueEnd = new Promise(resolve => {
      leaveQueue = resolve;
    });
    try {
      await untilAbort(previous, signal);
      for (let delay = this.#delay(); delay > 0; delay = this.#delay()) await this.#clock.sleep(delay, signal);
      this.#evenStart = Math.max(this.#evenStart, this.#clock.monotonic()) + this.#interval;
    } catch (thrown) {
      throw signal.aborted ? abortReason(signal, SUBJECT) : thrown;
    } finally {
      // A request that leaves early must not let the next one overtake those still in front.
      previous.then(leaveQueue);
    }
  }

  /** Returns the milliseconds until the next request may start. */
  #delay(): number {
    return this.#evenStart - this.#lead - this.#clock.monotonic();
  }
}

/** The subject of the sentence in an `AbortError`. */
const SUBJECT = 'Waiting for the rate limit';

/** Waits for the promise, or rejects with the abort reason as soon as the signal aborts. */
function untilAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
