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
import { pause } from '../loop/steps.ts';
import type { RunScope } from './run-scope.ts';

/** The wait before the first retry; each later one is twice as long. Milliseconds. */
const FIRST_DELAY = 500;
/** The longest wait of Crew's own choosing. Milliseconds. */
const LONGEST_DELAY = 8_000;
/** The longest wait that a server is granted. Seconds. */
const LONGEST_RETRY_AFTER = 60;

/** Errors that the same request meets again, or that the caller wanted. */
const FINAL = [AbortError, AuthenticationError, ConfigurationError, ContextWindowExceededError, GuardrailError];

/** Answers of a server that another attempt can change (RFC 9110, sections 15.5.9, 15.5.10; RFC 6585, section 4). */
const PASSING_STATUSES = [408, 409, 429];

/**
 * Whether asking the model again can help. The connection, a crowded or failing server, a garbled or empty reply, an
 * error that nobody knows: yes. A refused credential, a wrong request, a used-up quota, a cancellation: no.
 */
function isRetryable(error: CrewError): boolean {
  if (FINAL.some(kind => kind.isInstance(error))) return false;
  if (CredentialError.isInstance(error)) return error.terminal !== true;
  if (RateLimitError.isInstance(error)) {
    return error.serverCode !== 'insufficient_quota' && (error.retryAfter ?? 0) <= LONGEST_RETRY_AFTER;
  }
  if (!ResponseError.isInstance(error) || error.status === undefined) return true;
  return error.status >= 500 || error.status < 400 || PASSING_STATUSES.includes(error.status);
}

/** Retries that were used up so far, by all runs that belong to one piece of work. */
export interface RetryCount {
  used: number;
}

/** Decides which failed model turns of a run are asked for again, and waits before. The limit is that of the count. */
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
    const delayMs = delayBefore(attempt, error);
    const { callbacks, clock, parentId, steps } = scope;
    if (callbacks) {
      const at = clock.wall();
      emit(callbacks, { type: 'turn-retry', runId, parentId, at, attempt, delayMs, error: error.toJSON() });
    }
    await pause(steps, clock, delayMs, signal);
    return true;
  };
}

function delayBefore(retry: number, error: CrewError): number {
  const own = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (retry - 1));
  const asked = RateLimitError.isInstance(error) ? (error.retryAfter ?? 0) * 1_000 : 0;
  return Math.max(own, asked);
}
