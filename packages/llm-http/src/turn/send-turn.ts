import { CrewError, RateLimitError, ResponseError } from '@crew/core';
import { type Answer, attempt } from './attempt.ts';
import { AttemptFailure } from './attempt-failure.ts';
import type { Endpoint } from './endpoint.ts';
import { askedTooMuch } from './response-failure.ts';
import { retryDelay } from './retry.ts';
import type { TurnState } from './turn-state.ts';

/** Used connections that die before they answer are replaced this often in one turn, outside the retry budget. */
const MAX_REPLACEMENTS = 3;

/**
 * Sends a turn until it is answered, or the retry policy gives up.
 *
 * @throws {CrewError} of the last attempt, without any secret in it.
 */
export async function sendTurn(endpoint: Endpoint, turn: TurnState): Promise<Answer> {
  let retries = 0;
  let replacements = 0;
  for (;;) {
    turn.attempt += 1;
    try {
      const outcome = await attempt(endpoint, turn);
      if (outcome !== 'resend') return outcome;
    } catch (thrown) {
      const { error, resend, asked } = asFailure(thrown, turn);
      if (resend === 'at-once' && replacements < MAX_REPLACEMENTS) {
        replacements += 1;
        continue;
      }
      if (resend === 'never' || retries >= endpoint.retry.retries) throw error;
      const delayMs = asked ?? retryDelay(endpoint.retry, retries);
      refuseLongWait(endpoint, turn, error, asked, delayMs);
      turn.emit({
        type: 'turn-retry',
        at: endpoint.clock.wall(),
        attempt: turn.attempt,
        delayMs,
        error: error.toJSON(),
      });
      await turn.scope.sleep(delayMs);
      retries += 1;
    }
  }
}

function asFailure(thrown: unknown, turn: TurnState): AttemptFailure {
  if (thrown instanceof AttemptFailure) {
    turn.scrubber.error(thrown.error);
    return thrown;
  }
  if (!CrewError.isInstance(thrown)) throw thrown;
  turn.scrubber.error(thrown);
  // Out of an authenticator whose credentials are all in use up to their limits.
  const limited = RateLimitError.isInstance(thrown) && thrown.retryAfter !== undefined;
  return new AttemptFailure(thrown, limited ? 'later' : 'never', limited ? (thrown.retryAfter ?? 0) * 1000 : undefined);
}

/** Throws when the wait would outlast the turn, or is longer than any server may ask for. */
function refuseLongWait(
  endpoint: Endpoint,
  turn: TurnState,
  error: CrewError,
  asked: number | undefined,
  delay: number,
): void {
  const { maxRetryAfter } = endpoint.retry;
  const tooLong = asked !== undefined && asked > maxRetryAfter;
  if (!tooLong && delay < turn.remaining) return;
  if (asked === undefined || !ResponseError.isInstance(error)) throw error;
  const left = Math.max(0, Math.round(turn.remaining));
  const limit = tooLong ? `retry.maxRetryAfter (${maxRetryAfter / 1000} s)` : `the turn may still take (${left} ms)`;
  throw turn.scrubber.error(askedTooMuch(error, asked / 1000, limit));
}
