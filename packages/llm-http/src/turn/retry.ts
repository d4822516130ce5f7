import type { Clock } from '@crew/core';
import { parseRetryAfter } from '@crew/core/chat-completions';
import { checkNumberOptions } from '../option-checks.ts';
import type { WireHeaders } from '../transport/headers.ts';

/**
 * Options for retries of failed attempts.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM, type RetryOptions } from '@crew/llm-http';
 *
 * const retry: RetryOptions = { retries: 5, baseDelay: 1_000, maxDelay: 30_000 };
 * await using llm = new HttpLLM({ endpoint: 'https://api.example.com/v1/chat/completions', retry });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface RetryOptions {
  /** Maximum number of retries. Default 2; 0 disables them. */
  readonly retries?: number | undefined;
  /**
   * Base of the exponential backoff with full jitter, in milliseconds: the first delay is random between 0 and this value,
   * and the upper bound doubles with each retry. Default 500.
   */
  readonly baseDelay?: number | undefined;
  /** Maximum delay of the backoff, in milliseconds. Default 8,000. */
  readonly maxDelay?: number | undefined;
  /** Maximum delay that a server can ask for, in milliseconds. The call fails if it asks for more. Default 60,000. */
  readonly maxRetryAfter?: number | undefined;
}

/** The validated options, with defaults. */
export type RetrySettings = { readonly [Name in keyof RetryOptions]-?: number };

const DEFAULTS: RetrySettings = { retries: 2, baseDelay: 500, maxDelay: 8_000, maxRetryAfter: 60_000 };

/**
 * Validates the `retry` option and adds defaults.
 *
 * @throws {ConfigurationError} if an option is unknown, negative or not a number.
 */
export function checkRetryOptions(options: RetryOptions | undefined): RetrySettings {
  return checkNumberOptions('retry', options, DEFAULTS, (name, value) => {
    if (!(value >= 0)) return 'must not be negative';
    return name === 'retries' && !Number.isInteger(value) ? 'must be a whole number' : undefined;
  });
}

/** Returns a random delay that increases with each retry, so that calls which failed together are not retried together. */
export function retryDelay(settings: RetrySettings, retriesSoFar: number): number {
  return Math.random() * Math.min(settings.maxDelay, settings.baseDelay * 2 ** retriesSoFar);
}

/** Returns true if a request that failed with this status may be retried. `x-should-retry` overrides the status. */
export function isRetryable(status: number, headers: WireHeaders): boolean {
  const shouldRetry = headers['x-should-retry'];
  if (shouldRetry === 'true' || shouldRetry === 'false') return shouldRetry === 'true';
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/**
 * Returns the delay that the server asks for, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date
 * (RFC 9110, section 10.2.3), which is compared with the server's own `date`.
 *
 * @example
 * ```ts
 * import { systemClock } from '@crew/core';
 * import { retryAfterDelay } from '@crew/llm-http/adapter';
 *
 * console.log(retryAfterDelay({ 'retry-after': '30' }, systemClock)); // 30000
 * console.log(retryAfterDelay({}, systemClock)); // undefined
 * ```
 */
export function retryAfterDelay(headers: WireHeaders, clock: Clock): number | undefined {
  return parseRetryAfter(name => headers[name], clock.wall());
}
