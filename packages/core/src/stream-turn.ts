import { closeIterator } from './close-iterator.ts';
import { ProtocolError } from './errors/protocol-error.ts';
import { ShownParts } from './shown-parts.ts';
import type { StreamPart } from './turn.ts';
import type { Turn } from './turn-lifecycle.ts';
import type { TurnRequest } from './turn-options.ts';

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
  let parts: AsyncIterator<StreamPart> | undefined;
  /** What the hook does: it works on its next part, waits to be asked for it, or is over. */
  let hookState: 'working' | 'waiting' | 'over' = 'over';
  let left = true;
  try {
    request.signal.throwIfAborted();
    parts = hook(request)[Symbol.asyncIterator]();
    while (shown.end === undefined) {
      hookState = 'working';
      const next = await deadline.guard(parts.next());
      hookState = next.done ? 'over' : 'waiting';
      if (next.done) {
        throw new ProtocolError('The stream ended without its finish part.', { partialText: shown.text });
      }
      shown.add(next.value);
      for (const part of shown.parts) yield part;
      shown.parts.length = 0;
    }
    const { turn: given, cut } = shown.end;
    yield { type: 'finish', generation: turn.finish(given, cut) };
  } catch (thrown) {
    left = false;
    throw turn.failed(thrown);
  } finally {
    // A hook that is not at its end is cancelled: nobody reads on.
    if (shown.end === undefined || shown.end.cut) deadline.abort(turn.leftEarly());
    if (left && shown.end === undefined) turn.failed(request.signal.reason);
    if (parts && hookState === 'waiting') await closeIterator(parts);
    // One that is at work cannot close before it noticed the abort; nobody has to wait for that.
    else if (parts && hookState === 'working') void closeIterator(parts);
    deadline.dispose();
  }
}
