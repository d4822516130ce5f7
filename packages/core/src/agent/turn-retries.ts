import { ConfigurationError } from '../errors/configuration-error.ts';
import { CredentialError } from '../errors/connection-errors.ts';
import type { CrewError } from '../errors/crew-error.ts';
import {
  AuthenticationError,
  ContextWindowExceededError,
  RateLimitError,
  ResponseError,
} from '../errors/response-errors.ts';
import { AbortError, GuardrailError } from '../errors/run-errors.ts';
import { emit } from '../events/event.ts';
import { isSlip } from '../loop/provider-limit.ts';
import { pause } from '../loop/steps.ts';
import type { RunScope } from './run-scope.ts';

/** Backoff before the first retry, in milliseconds. It doubles with each retry. */
const INITIAL_BACKOFF = 500;
/** Maximum backoff, in milliseconds. A server may ask for more. */
const MAX_BACKOFF = 8_000;
/** Longest `retryAfter` that is waited for, in seconds. */
const MAX_RETRY_AFTER = 60;

/** Errors that the same request would meet again, or that the caller wanted. */
const PERMANENT_ERRORS = [
  AbortError,
  AuthenticationError,
  ConfigurationError,
  ContextWindowExceededError,
  GuardrailError,
];

/** Client error statuses that are often transient (RFC 9110, sections 15.5.9, 15.5.10; RFC 6585, section 4). */
const TRANSIENT_STATUSES = [408, 409, 429];

/**
 * Returns a function that decides whether a failed model turn is repeated, and waits before it resolves to true. `limit`
 * bounds the retries of all runs that share the scope's count.
 */
export function turnRetries(
  limit: number,
  runId: string,
  scope: RunScope,
  signal: AbortSignal,
): (error: CrewError) => Promise<boolean> {
  const count = scope.retries ?? { used: 0 };
  return async error => {
    if (count.used >= limit || !isRetryable(error)) return false;
    count.used += 1;
    const attempt = count.used;
    const delayMs = backoffBefore(attempt, error);
    const { callbacks, clock, parentId, steps } = scope;
    if (callbacks) {
      const at = clock.wall();
      emit(callbacks, { type: 'turn-retry', runId, parentId, at, attempt, delayMs, error: error.toJSON() });
    }
    await pause(steps, clock, delayMs, signal);
    return true;
  };
}

function backoffBefore(retry: number, error: CrewError): number {
  const backoff = Math.min(MAX_BACKOFF, INITIAL_BACKOFF * 2 ** (retry - 1));
  const retryAfterMs = RateLimitError.isInstance(error) ? (error.retryAfter ?? 0) * 1_000 : 0;
  return Math.max(backoff, retryAfterMs);
}

/**
 * Returns true if repeating the request can help: after a lost connection, a busy or failing server, an unreadable or empty
 * reply, an unknown error, a reply that the model's own server cannot read. Returns false for what the LLM has retried
 * itself, a refused credential, an invalid request, an exhausted quota, a cancellation.
 */
function isRetryable(error: CrewError): boolean {
  if ((error.retries ?? 0) > 0) return false;
  if (isSlip(error)) return true;
  if (PERMANENT_ERRORS.some(kind => kind.isInstance(error))) return false;
  if (CredentialError.isInstance(error)) return error.terminal !== true;
  if (RateLimitError.isInstance(error)) {
    return error.serverCode !== 'insufficient_quota' && (error.retryAfter ?? 0) <= MAX_RETRY_AFTER;
  }
  if (!ResponseError.isInstance(error) || error.status === undefined) return true;
  return error.status >= 500 || error.status < 400 || TRANSIENT_STATUSES.includes(error.status);
}
