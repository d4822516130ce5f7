import type { CrewError } from '../errors/crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import type { Deadline } from '../execution/deadline.ts';
import { closeIterator, missingFinishError, streamAbortReason } from './stream-end.ts';
import { type StreamEnd, StreamFilter } from './stream-filter.ts';
import type { Generation, StreamPart } from './turn.ts';
import type { TurnLifecycle } from './turn-lifecycle.ts';
import type { TurnRequest } from './turn-options.ts';

/**
 * Streams a turn: passes the parts of the hook's stream through the stream filter, with the deadline on every wait. Nothing
 * starts before the first part is requested.
 */
export async function* streamTurn(
  begin: () => TurnLifecycle,
  hook: (request: TurnRequest) => AsyncIterable<StreamPart>,
): AsyncGenerator<StreamPart> {
  const turn = begin();
  const { deadline, request } = turn;
  let filter = new StreamFilter(turn);
  let result: TurnResult | undefined;
  let parts: AsyncIterator<StreamPart> | undefined;
  /** State of the stream hook: producing a part, waiting for the next read, or finished. */
  let hookState: 'producing' | 'waiting' | 'finished' = 'finished';
  let isLeft = true;
  try {
    request.signal.throwIfAborted();
    parts = hook(request)[Symbol.asyncIterator]();
    while (result === undefined) {
      hookState = 'producing';
      const next: IteratorResult<StreamPart> = await deadline.guard(parts.next());
      hookState = next.done ? 'finished' : 'waiting';
      if (next.done) throw missingFinishError(filter.text);
      const again: TurnRequest | undefined =
        next.value.type === 'finish' ? turn.requestWithoutStop(next.value.generation) : undefined;
      if (again !== undefined) {
        await closeInTime(parts, deadline, turn.clock);
        filter = new StreamFilter(turn);
        parts = hook(again)[Symbol.asyncIterator]();
        continue;
      }
      filter.add(next.value);
      // Finish the turn before its last parts are emitted: the consumer may leave at one of them.
      if (filter.end) result = finishTurn(turn, filter.end);
      for (const part of filter.parts) yield part;
      filter.parts.length = 0;
    }
    if ('error' in result) throw result.error;
    yield { type: 'finish', generation: result.generation };
  } catch (thrown) {
    isLeft = false;
    throw turn.fail(thrown);
  } finally {
    // A hook that has not finished is cancelled, because its stream is not read any further.
    if (filter.end === undefined || filter.end.isCut) deadline.abort(streamAbortReason(filter.end?.turn));
    if (isLeft && result === undefined) turn.fail(request.signal.reason);
    if (parts && hookState === 'waiting') await closeInTime(parts, deadline, turn.clock);
    // A hook that is producing cannot close before it notices the abort, so do not wait for it.
    else if (parts && hookState === 'producing') void closeIterator(parts);
    deadline.dispose();
  }
}

type TurnResult = { readonly generation: Generation } | { readonly error: CrewError };

function finishTurn(turn: TurnLifecycle, end: StreamEnd): TurnResult {
  try {
    return { generation: turn.finish(end.turn, end.isCut) };
  } catch (thrown) {
    return { error: turn.fail(thrown) };
  }
}

/** Maximum time to wait for an iterator to close, in milliseconds. */
const CLOSE_TIMEOUT = 1_000;

/**
 * Closes an iterator, and waits until it is closed: at most `CLOSE_TIMEOUT`, and not beyond the deadline unless that has
 * passed already. Never throws.
 */
async function closeInTime(iterator: AsyncIterator<unknown>, deadline: Deadline, clock: Clock): Promise<void> {
  const closing = closeIterator(iterator);
  const timer = new AbortController();
  try {
    const timeout = clock.sleep(CLOSE_TIMEOUT, timer.signal).catch(() => undefined);
    await Promise.race([deadline.signal.aborted ? closing : deadline.guard(closing), timeout]);
  } catch {
    // The deadline passed. The parts emitted before are complete all the same.
  } finally {
    timer.abort();
  }
}
