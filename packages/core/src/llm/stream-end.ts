import { ProtocolError } from '../errors/response-errors.ts';
import { AbortError } from '../errors/run-errors.ts';
import type { AssistantTurn } from './turn.ts';

/** Closes an iterator and ignores errors: nobody reads its values any more. */
export async function closeIterator(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The iterator is closed all the same.
  }
}

/** Returns the error for a stream that ended without its `finish` part. */
export function missingFinishError(partialText?: string): ProtocolError {
  return new ProtocolError('The stream ended without its finish part.', { partialText });
}

const cutTurns = new WeakMap<object, AssistantTurn>();

/**
 * Returns the abort reason for a hook whose stream is not read to its end: the consumer left it, or it was cut at a stop
 * word. `cutTurn` is the turn up to the stop word, which has succeeded.
 */
export function streamAbortReason(cutTurn: AssistantTurn | undefined): AbortError {
  if (cutTurn === undefined) return new AbortError('The consumer left the stream before its end.');
  const reason = new AbortError('The stream was cut at a stop word.');
  cutTurns.set(reason, { ...cutTurn, finishReason: 'stop' });
  return reason;
}

/** Returns the turn up to the stop word if the signal was aborted because of one. */
export function turnCutAtStopWord({ reason }: AbortSignal): AssistantTurn | undefined {
  return typeof reason === 'object' && reason !== null ? cutTurns.get(reason) : undefined;
}
