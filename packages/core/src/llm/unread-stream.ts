import { AbortError } from '../errors/abort-error.ts';
import type { AssistantTurn } from './turn.ts';

const cutTurns = new WeakMap<object, AssistantTurn>();

/**
 * The reason given to a hook whose stream nobody reads on: it was left, or `cut` at a stop word, as far as which the turn
 * ended well.
 */
export function unreadStream(cut: AssistantTurn | undefined): AbortError {
  if (cut === undefined) return new AbortError('The stream was left before its end.');
  const reason = new AbortError('The stream was cut at a stop word.');
  cutTurns.set(reason, { ...cut, finishReason: 'stop' });
  return reason;
}

/** The turn of a stream that was cancelled because of a stop word, as far as that. */
export function turnCutBy({ reason }: AbortSignal): AssistantTurn | undefined {
  return typeof reason === 'object' && reason !== null ? cutTurns.get(reason) : undefined;
}
