import { ConnectionError } from '../errors/connection-errors.ts';
import { CrewError } from '../errors/crew-error.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { closeIterator } from '../llm/stream-end.ts';
import type { StreamPart } from '../llm/turn.ts';
import { StreamDecoder, type StreamDecoderOptions } from './stream-decoder.ts';

/** Options of `decodeEvents`. */
export interface DecodeEventsOptions extends StreamDecoderOptions {
  /**
   * Time in which the server may end its response after the finish reason or `[DONE]`, in milliseconds. Default 1,000. Then
   * the response is closed, even if the server still sends comments. Token counts that come within it are counted. The
   * connection can be reused only if the response was read to its end.
   */
  readonly endTimeout?: number | undefined;
  /** The clock of `endTimeout`. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Characters that are decoded in one turn of the event loop. If a server sends more at once, the decoder pauses for timers,
 * deadlines and other calls.
 */
const CHARACTERS_PER_PAUSE = 262_144;

/**
 * Decodes a streamed chat-completions response. Yields each part as soon as it has arrived; the last one is `finish`.
 * `chunks` are the bytes of the body, split anywhere. The format is `text/event-stream` (WHATWG HTML, section 9.2). A body
 * that is a single JSON object instead is decoded like that of `decodeTurn`.
 *
 * The turn is complete when a finish reason or `[DONE]` has arrived, and ends `endTimeout` later at the latest. If the
 * consumer stops early, `chunks` is closed.
 *
 * Text that was yielded may turn out to be reasoning when a closing tag such as `</think>` follows, and arguments may begin
 * anew. The generation of `finish` has the final text, reasoning and tool calls.
 *
 * Errors carry the text so far as `partialText`. A `CrewError` or an abort thrown by `chunks` passes through.
 *
 * @throws {ConnectionError} if the stream ends or breaks before the turn is complete.
 * @throws {ResponseError} (or the subclass that fits) for an error event.
 * @throws {ProtocolError} for an event that cannot be decoded.
 *
 * @example
 * ```ts
 * import { decodeEvents } from '@crew/core/chat-completions';
 *
 * const body = new Response(
 *   'data: {"choices":[{"delta":{"content":"High tide is "}}]}\n\n' +
 *     'data: {"choices":[{"delta":{"content":"at 06:40."},"finish_reason":"stop"}]}\n\n' +
 *     'data: [DONE]\n\n',
 * ).body;
 * if (body === null) throw new Error('The response has no body.');
 * for await (const part of decodeEvents(body)) {
 *   if (part.type === 'text') console.log(part.text);
 *   if (part.type === 'finish') console.log(part.generation.finishReason);
 * }
 * ```
 */
export async function* decodeEvents(
  chunks: AsyncIterable<Uint8Array>,
  options: DecodeEventsOptions = {},
): AsyncGenerator<StreamPart, void, undefined> {
  const decoder = new StreamDecoder(options);
  const end = new EndOfTurn(options);
  const iterator = chunks[Symbol.asyncIterator]();
  let ended = false;
  let pausedAt = 0;
  try {
    while (!ended && !decoder.isDone) {
      let chunk: IteratorResult<Uint8Array> | undefined;
      try {
        chunk = decoder.isComplete ? await end.next(iterator) : await iterator.next();
      } catch (error) {
        ended = true;
        if (decoder.isComplete) break;
        throw withPartialText(error, decoder.partialText);
      }
      if (chunk === undefined) {
        ended = true;
        // Not awaited: a generator closes only when its pending read has ended.
        void closeIterator(iterator);
      } else if (chunk.done === true) {
        ended = true;
        decoder.end();
      } else {
        decoder.push(chunk.value);
      }
      // One event at a time, so that the parts before an invalid event are yielded first.
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
      await drain(iterator, end);
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

/** The time that remains for the end of a response whose turn is complete. */
class EndOfTurn {
  readonly #clock: Clock;
  #remaining: number;

  constructor({ clock = systemClock, endTimeout = 1000 }: DecodeEventsOptions) {
    this.#clock = clock;
    this.#remaining = endTimeout;
  }

  /** Returns the next chunk, or `undefined` if it does not come in time. Only waiting counts: the consumer may be slow. */
  async next<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T> | undefined> {
    if (this.#remaining <= 0) return undefined;
    const startedAt = this.#clock.monotonic();
    const timer = new AbortController();
    const timeout = this.#clock.sleep(this.#remaining, timer.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([iterator.next(), timeout]);
    } finally {
      timer.abort();
      this.#remaining -= this.#clock.monotonic() - startedAt;
    }
  }
}

/** Maximum number of chunks that are read to reach the end of a response. */
const MAX_DRAINED_CHUNKS = 100;

/** Reads a response to its end, or closes it when the time is over. Never throws: the rest has no meaning. */
async function drain(iterator: AsyncIterator<unknown>, end: EndOfTurn): Promise<void> {
  try {
    for (let chunks = 0; ; chunks += 1) {
      const next = chunks < MAX_DRAINED_CHUNKS ? await end.next(iterator) : undefined;
      if (next === undefined) {
        // Not awaited: a generator closes only when its pending read has ended.
        void closeIterator(iterator);
        return;
      }
      if (next.done === true) return;
    }
  } catch {
    // The turn is complete, so it does not matter how the connection ended.
  }
}

function withPartialText(error: unknown, partialText: string | undefined): unknown {
  if (ConnectionError.isInstance(error)) {
    return partialText === undefined ? error : new ConnectionError(error.message, { cause: error.cause, partialText });
  }
  if (CrewError.isInstance(error) || isAbort(error)) return error;
  return new ConnectionError('The connection to the model server was lost in the middle of its response.', {
    cause: error,
    partialText,
  });
}

/** Returns true for the platform's errors of a signal that was aborted or timed out. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
