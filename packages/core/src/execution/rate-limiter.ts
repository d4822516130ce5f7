import { ConfigurationError } from '../errors/configuration-error.ts';
import { copyOptions } from '../errors/copy-options.ts';
import { type Clock, systemClock } from './clock.ts';
import { abortReason, throwIfAborted } from './deadline.ts';

/** What a rate limiter is made of. */
export interface RateLimiterOptions {
  /** Requests that may start in any minute; a positive number, 0.5 being one every two minutes. */
  readonly requestsPerMinute: number;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Lets requests start at an even pace: one every 60 / `requestsPerMinute` seconds, first come, first served. Idle time
 * is not saved up for a burst. Share one limiter between everything that uses up the same allowance.
 *
 * @throws {ConfigurationError} when `requestsPerMinute` is not a positive number.
 */
export class RateLimiter {
  readonly #clock: Clock;
  /** Milliseconds between two starts. */
  readonly #interval: number;
  #freeAt = Number.NEGATIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();

  constructor(options: RateLimiterOptions) {
    const { requestsPerMinute, clock = systemClock } = copyOptions(options);
    if (!(Number.isFinite(requestsPerMinute) && requestsPerMinute > 0)) {
      throw new ConfigurationError('requestsPerMinute must be a positive number.');
    }
    this.#clock = clock;
    this.#interval = 60_000 / requestsPerMinute;
  }

  /**
   * Resolves when the caller may start its request. An abort ends the wait at once and gives the place to the next.
   *
   * @throws {AbortError} when the signal is aborted; the signal's reason, where that is a `CrewError`.
   */
  async acquire(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal, WAIT);
    const before = this.#last;
    let pass = (): void => undefined;
    this.#last = new Promise(resolve => {
      pass = resolve;
    });
    try {
      await beforeAbort(before, signal);
      for (let wait = this.#wait(); wait > 0; wait = this.#wait()) await this.#clock.sleep(wait, signal);
      this.#freeAt = Math.max(this.#freeAt, this.#clock.monotonic()) + this.#interval;
    } catch (thrown) {
      throw signal.aborted ? abortReason(signal, WAIT) : thrown;
    } finally {
      // Who leaves the queue early must not let the next one overtake those still in front.
      before.then(pass);
    }
  }

  #wait(): number {
    return this.#freeAt - this.#clock.monotonic();
  }
}

const WAIT = 'Waiting for the rate limit';

function beforeAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
