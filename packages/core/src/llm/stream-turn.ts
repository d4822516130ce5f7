import type { CrewError } from '../errors/crew-error.ts';
import { closeInTime } from './close-in-time.ts';
import { closeIterator } from './close-iterator.ts';
import { ShownParts } from './shown-parts.ts';
import { streamWithoutEnd } from './stream-without-end.ts';
import type { Generation, StreamPart } from './turn.ts';
import type { Turn } from './turn-lifecycle.ts';
import type { TurnRequest } from './turn-options.ts';
import { unreadStream } from './unread-stream.ts';

/**
 * A turn as it arrives: the parts of the hook's stream as the consumer may see them, with the deadline on every wait.
 * Nothing is begun before the first part is asked for.
 */
export async function* streamTurn(
  begin: () => Turn,
  hook: (request: TurnRequest) => AsyncIterable<StreamPart>,
): AsyncGenerator<StreamPart> {
  const turn = begin();
  const { deadline, request } = turn;
  const shown = new ShownParts(turn);
  let end: TurnEnd | undefined;
  let parts: AsyncIterator<StreamPart> | undefined;
  /** What the hook does: it works on its next part, waits to be asked for it, or is over. */
  let hookState: 'working' | 'waiting' | 'over' = 'over';
  let left = true;
  try {
    request.signal.throwIfAborted();
    parts = hook(request)[Symbol.asyncIterator]();
    while (end === undefined) {
      hookState = 'working';
      const next = await deadline.guard(parts.next());
      hookState = next.done ? 'over' : 'waiting';
      if (next.done) {
        throw streamWithoutEnd(shown.text);
      }
      shown.add(next.value);
      // Before its last parts are given: the turn has ended, also for a consumer that leaves at one of them.
      if (shown.end) end = endOf(turn, shown.end);
      for (const part of shown.parts) yield part;
      shown.parts.length = 0;
    }
    if ('error' in end) throw end.error;
    yield { type: 'finish', generation: end.generation };
  } catch (thrown) {
    left = false;
    throw turn.failed(thrown);
  } finally {
    // A hook that is not at its end is cancelled: nobody reads on.
    if (shown.end === undefined || shown.end.cut) deadline.abort(unreadStream(shown.end?.turn));
    if (left && end === undefined) turn.failed(request.signal.reason);
    if (parts && hookState === 'waiting') await closeInTime(parts, deadline, turn.clock);
    // One that is at work cannot close before it noticed the abort; nobody has to wait for that.
    else if (parts && hookState === 'working') void closeIterator(parts);
    deadline.dispose();
  }
}

type TurnEnd = { readonly generation: Generation } | { readonly error: CrewError };

function endOf(turn: Turn, { turn: given, cut }: NonNullable<ShownParts['end']>): TurnEnd {
  try {
    return { generation: turn.finish(given, cut) };
  } catch (thrown) {
    return { error: turn.failed(thrown) };
  }
}
