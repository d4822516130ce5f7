import { type AssistantTurn, ResponseError, type StreamPart } from '@crew/core';
import { sanitiseCause } from '../errors/sanitise.ts';
import type { ResponseContext } from '../protocol.ts';
import { RequestFailure } from '../transport/transport-failure.ts';
import type { Answer } from './attempt.ts';
import type { Endpoint } from './endpoint.ts';
import { requestIdOf, takesNoStop } from './response-failure.ts';
import { sendTurn } from './send-turn.ts';
import type { TurnState } from './turn-state.ts';

/** Bytes of a stream that are decoded in one turn of the event loop. */
const BETWEEN_PAUSES = 65_536;

/**
 * The turn that the endpoint answers with.
 *
 * @throws {CrewError} without any secret in it.
 */
export async function readTurn(endpoint: Endpoint, turn: TurnState): Promise<AssistantTurn> {
  for (;;) {
    try {
      const answer = await sendTurn(endpoint, turn);
      answer.lease.release();
      turn.scope.throwIfExpired();
      const context = responseContext(endpoint, turn, answer);
      const decoded = endpoint.protocol.decodeResponse(new TextDecoder().decode(answer.reading.bytes), context);
      return withFacts(decoded, context.requestId, turn);
    } catch (thrown) {
      dropStopOrThrow(toError(thrown, turn), turn);
    }
  }
}

/** The same in parts, as they come. Nothing is sent again once a part was given. */
export async function* streamTurn(endpoint: Endpoint, turn: TurnState): AsyncGenerator<StreamPart, void, undefined> {
  for (let begun = false; ; ) {
    let answer: Answer | undefined;
    try {
      answer = await sendTurn(endpoint, turn);
      const context = responseContext(endpoint, turn, answer);
      for await (const part of endpoint.protocol.decodeEvents(chunksOf(answer, turn), context)) {
        begun = true;
        yield part.type === 'finish'
          ? { type: 'finish', generation: withFacts(part.generation, context.requestId, turn) }
          : part;
      }
      return;
    } catch (thrown) {
      const error = toError(thrown, turn);
      if (begun) throw error;
      dropStopOrThrow(error, turn);
    } finally {
      answer?.reading.cancel();
      answer?.lease.release();
    }
  }
}

/** Some servers say what they refuse in an answer of status 200. */
function dropStopOrThrow(error: Error, turn: TurnState): void {
  if (!ResponseError.isInstance(error)) throw error;
  const { serverMessage = '', serverCode, status } = error;
  if (!takesNoStop({ message: serverMessage, code: serverCode, type: undefined, status }, turn)) throw error;
  turn.dropStop();
}

function responseContext(endpoint: Endpoint, { scrubber }: TurnState, { headers }: Answer): ResponseContext {
  const requestId = requestIdOf(headers);
  return { server: endpoint.server, requestId: requestId && scrubber.text(requestId) };
}

function toError(thrown: unknown, { scrubber }: TurnState): Error {
  const error = thrown instanceof RequestFailure ? thrown.error : thrown;
  // A protocol of one's own may quote the answer in what it throws, or hold it.
  return scrubber.error(sanitiseCause(error));
}

/**
 * Yields a stream's bytes. Errors of the transport become the `CrewError` that the decoder lets pass. Between two pieces
 * the deadline is looked at, and after each 64 KiB the event loop has a turn: the work on a long stream that is there
 * already stops neither timers nor other calls.
 */
async function* chunksOf({ reading }: Answer, { scope }: TurnState): AsyncGenerator<Uint8Array> {
  try {
    let sincePause = 0;
    for await (const chunk of reading.chunks ?? [reading.bytes]) {
      scope.throwIfExpired();
      yield chunk;
      sincePause += chunk.byteLength;
      if (sincePause < BETWEEN_PAUSES) continue;
      sincePause = 0;
      await new Promise(resolve => setImmediate(resolve));
    }
  } catch (thrown) {
    throw thrown instanceof RequestFailure ? thrown.error : thrown;
  }
}

/** The turn with the server's id of the request; what names request and model may repeat a credential. */
function withFacts<T extends AssistantTurn>(answer: T, requestId: string | undefined, { scrubber }: TurnState): T {
  const { model } = answer;
  return { ...answer, requestId: requestId ?? scrubber.value(answer.requestId), model: scrubber.value(model) };
}
