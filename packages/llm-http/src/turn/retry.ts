import type { Clock } from '@crew/core';
import { checkNumberOptions } from '../option-checks.ts';
import type { WireHeaders } from '../transport/headers.ts';

/** When and how often a failed attempt is repeated. */
export interface RetryOptions {
  /** Attempts after the first. Default 2; 0 for none. */
  readonly retries?: number | undefined;
  /** Milliseconds: the first wait is random between 0 and this, each further one between 0 and twice as much. Default 500. */
  readonly baseDelay?: number | undefined;
  /** The longest such wait, in milliseconds. Default 8,000. */
  readonly maxDelay?: number | undefined;
  /** The longest wait that a server may ask for, in milliseconds; when it asks for more, the call fails. Default 60,000. */
  readonly maxRetryAfter?: number | undefined;
}

export type RetrySettings = { readonly [Name in keyof RetryOptions]-?: number };

const DEFAULTS: RetrySettings = { retries: 2, baseDelay: 500, maxDelay: 8_000, maxRetryAfter: 60_000 };

/** @throws {ConfigurationError} for a name that does not exist, or a value that is negative or no number. */
export function checkRetryOptions(options: RetryOptions | undefined): RetrySettings {
  return checkNumberOptions('retry', options, DEFAULTS, (name, value) => {
    if (!(value >= 0)) return 'must not be negative';
    return name === 'retries' && !Number.isInteger(value) ? 'must be a whole number' : undefined;
  });
}

/** A random wait that grows with each retry, so that callers which failed together do not come back together. */
export function retryDelay(settings: RetrySettings, retriesSoFar: number): number {
  return Math.random() * Math.min(settings.maxDelay, settings.baseDelay * 2 ** retriesSoFar);
}

/** Whether an error of this status may pass: what the server says in `x-should-retry` goes before the status. */
export function isRetryable(status: number, headers: WireHeaders): boolean {
  const said = headers['x-should-retry'];
  if (said === 'true' || said === 'false') return said === 'true';
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/**
 * Milliseconds that the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110,
 * section 10.2.3), which is read against the server's own `date`.
 */
export function retryAfterDelay(headers: WireHeaders, clock: Clock): number | undefined {
  const milliseconds = numberIn(headers['retry-after-ms']);
  if (milliseconds !== undefined) return milliseconds;
  const header = headers['retry-after'];
  const seconds = numberIn(header);
  if (seconds !== undefined) return seconds * 1000;
  const until = dateIn(header);
  if (until === undefined) return undefined;
  return Math.max(0, until - (dateIn(headers['date']) ?? clock.wall()));
}

function numberIn(header: string | readonly string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\s*\d+(?:\.\d+)?\s*$/.test(header)) return undefined;
  return Number(header);
}

function dateIn(header: string | readonly string[] | undefined): number | undefined {
  // Date.parse takes almost anything for a date.
  const time = typeof header === 'string' && header.endsWith('GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
