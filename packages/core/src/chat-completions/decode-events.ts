import { ConnectionError } from '../errors/connection-errors.ts';
import { CrewError } from '../errors/crew-error.ts';
import { closeIterator } from '../llm/stream-end.ts';
import type { StreamPart } from '../llm/turn.ts';
import { readRest } from './read-rest.ts';
import { StreamDecoder, type StreamDecoderOptions } from './stream-decoder.ts';

/** How a stream is read. */
export interface DecodeEventsOptions extends StreamDecoderOptions {
  /**
   * Milliseconds in which the server may end its answer after `[DONE]`; then it is closed. Default 1,000. An answer that
   * was read to its end leaves a connection that can be used again.
   */
  readonly endTimeout?: number | undefined;
}

/**
 * Characters of events that are decoded in one turn of the event loop. A server may send more than that at once: timers,
 * deadlines and other calls have their turn in between.
 */
const CHARACTERS_PER_PAUSE = 262_144;

/**
 * The parts of a streamed chat-completions answer, each as soon as it is there, the last one `finish`. `chunks` are the
 * body's bytes, split anywhere. The format is `text/event-stream` (WHATWG HTML, section 9.2); a body that is one JSON
 * object instead is decoded as a turn.
 *
 * The turn is complete when a finish reason or `[DONE]` has come. When the consumer stops early, `chunks` is closed.
 *
 * Throws, with the text so far as `partialText`: a `ConnectionError` when the stream ends or breaks before the turn is
 * complete; a `ResponseError`, or the subclass that fits, for an error event; a `ProtocolError` for what cannot be read.
 * A `CrewError` or an abort out of `chunks` passes through.
 */
export async function* decodeEvents(
  chunks: AsyncIterable<Uint8Array>,
  options: DecodeEventsOptions = {},
): AsyncGenerator<StreamPart, void, undefined> {
  const decoder = new StreamDecoder(options);
  const iterator = chunks[Symbol.asyncIterator]();
  let ended = false;
  let pausedAt = 0;
  try {
    while (!ended && !decoder.isDone) {
      let chunk: IteratorResult<Uint8Array>;
      try {
        chunk = await iterator.next();
      } catch (error) {
        ended = true;
        if (decoder.isComplete) break;
        throw withPartialText(error, decoder.partialText);
      }
      if (chunk.done === true) {
        ended = true;
        decoder.end();
      } else {
        decoder.push(chunk.value);
      }
      // One event at a time: what came before a bad one is given first.
      while (decoder.decodeNext()) {
        for (const part of decoder.parts) yield part;
        decoder.parts.length = 0;
        if (decoder.decoded - pausedAt >= CHARACTERS_PER_PAUSE) {
          pausedAt = decoder.decoded;
          await nextTurnOfEventLoop();
        }
      }
    }
    if (!ended) {
      await readRest(iterator, options.endTimeout ?? 1000);
      ended = true;
    }
    decoder.finish();
    for (const part of decoder.parts) yield part;
  } finally {
    if (!ended) await closeIterator(iterator);
  }
}

function nextTurnOfEventLoop(): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, 0);
  });
}

function withPartialText(error: unknown, partialText: string | undefined): unknown {
  if (ConnectionError.isInstance(error)) {
    return partialText === undefined ? error : new ConnectionError(error.message, { cause: error.cause, partialText });
  }
  if (CrewError.isInstance(error) || isAbort(error)) return error;
  return new ConnectionError('The connection to the model server was lost in the middle of its answer.', {
    cause: error,
    partialText,
  });
}

/** The platform's errors for a signal that was aborted or timed out. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
