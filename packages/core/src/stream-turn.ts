import { ProtocolError } from './errors/protocol-error.ts';
import { StopWordCutter } from './stop-words.ts';
import type { AssistantTurn, Generation, StreamPart } from './turn.ts';
import type { Turn } from './turn-lifecycle.ts';

/**
 * The parts of a hook's stream as the consumer may see them: nothing after a stop word, the deadline on every wait,
 * and a last part that holds exactly what was given.
 */
export async function* streamTurn(turn: Turn, hook: () => AsyncIterable<StreamPart>): AsyncGenerator<StreamPart> {
  const cutter = new StopWordCutter(turn.stops);
  let parts: AsyncIterator<StreamPart> | undefined;
  let waiting = false;
  let complete = false;
  let ended = false;
  let text = '';
  let reasoning = '';
  /** Tool calls that began while a stop word may have begun before them. */
  let behind: StreamPart[] = [];
  try {
    turn.request.signal.throwIfAborted();
    parts = hook()[Symbol.asyncIterator]();
    for (;;) {
      waiting = true;
      const next = await turn.deadline.guard(parts.next());
      waiting = false;
      if (next.done) {
        ended = true;
        throw new ProtocolError('The stream ended without its finish part.', { partialText: text });
      }
      const part = next.value;
      switch (part.type) {
        case 'text': {
          const shown = cutter.push(part.text);
          if (shown !== '') {
            text += shown;
            turn.delta('text', shown);
            yield shown === part.text ? part : { type: 'text', text: shown };
          }
          if (behind.length > 0 && !cutter.undecided && !cutter.stopped) {
            yield* behind;
            behind = [];
          }
          break;
        }
        case 'reasoning':
          reasoning += part.text;
          turn.delta('reasoning', part.text);
          yield part;
          break;
        case 'finish': {
          complete = true;
          const held = cutter.flush();
          const rest = text === '' ? unstreamed(turn, part.generation) : held;
          if (rest !== '') {
            turn.delta('text', rest);
            yield { type: 'text', text: rest };
          }
          if (!cutter.stopped) yield* behind;
          yield { type: 'finish', generation: turn.finish(part.generation) };
          return;
        }
        default:
          if (cutter.undecided) behind.push(part);
          else yield part;
      }
      if (cutter.stopped) {
        // The provider goes on writing what nobody asked for: leave, and let the `finally` cancel the request.
        const cut: AssistantTurn = reasoning === '' ? { text } : { text, reasoning };
        yield { type: 'finish', generation: turn.finish(cut, true) };
        return;
      }
    }
  } catch (thrown) {
    throw turn.failed(thrown);
  } finally {
    if (!ended) {
      if (!complete) turn.deadline.abort(turn.leftEarly());
      const left = parts?.return?.();
      // A hook that is still waiting cannot return before it noticed the abort; nobody has to wait for that.
      if (waiting) left?.catch(() => undefined);
      else await left;
    }
  }
}

/** The text of a hook that gave no text parts, cut like any other. */
function unstreamed(turn: Turn, generation: Generation): string {
  const cutter = new StopWordCutter(turn.stops);
  return cutter.push(generation.text) + cutter.flush();
}
