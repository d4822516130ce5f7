import {
  type AssistantTurn,
  ConnectionError,
  CrewError,
  type Generation,
  markRetried,
  ProtocolError,
  RateLimitError,
  ResponseError,
  type StreamPart,
} from '@crew/core';
import { sanitiseCause } from '../errors/sanitise.ts';
import type { ResponseContext } from '../protocol.ts';
import { RequestFailure } from '../transport/transport-failure.ts';
import { type SuccessfulResponse, sendAttempt } from './attempt.ts';
import { changeRejectedField, requestIdOf, retryAfterTooLong } from './response-error.ts';
import { retryDelay } from './retry.ts';
import type { Turn } from './turn.ts';

/** Used connections that die before they respond are replaced this often in one turn, outside the retry budget. */
const MAX_REPLACEMENTS = 3;
/** Bytes of a stream that are decoded in one turn of the event loop. */
const BYTES_PER_LOOP_TURN = 65_536;

/**
 * Sends a turn and decodes the whole response.
 *
 * @throws {CrewError} without any secret in it.
 */
export async function readTurn(turn: Turn): Promise<AssistantTurn> {
  const { protocol } = turn.endpoint;
  for (;;) {
    try {
      const { generation, response } = await sendWithRetries(turn, async received =>
        isStream(turn, received) ? { generation: await gather(turn, received) } : { response: received },
      );
      if (generation !== undefined) return generation;
      response.lease.release();
      turn.deadlines.throwIfExpired();
      const context = responseContext(turn, response);
      const decoded = protocol.decodeResponse(new TextDecoder().decode(response.body.bytes), context);
      turn.accepted();
      return withResponseFacts(decoded, context.requestId, turn);
    } catch (thrown) {
      changeFieldOrThrow(scrubbedError(thrown, turn), turn);
    }
  }
}

/** Returns true for a response to gather: one that was requested as a stream, or that is one although it was not. */
function isStream({ isStreamed }: Turn, { body }: SuccessfulResponse): boolean {
  return (
    isStreamed || body.chunks !== undefined || EVENT_FIELD.test(new TextDecoder().decode(body.bytes.subarray(0, 64)))
  );
}

/** The start of a stream of events (WHATWG HTML, section 9.2.5), and of no JSON text. */
const EVENT_FIELD = /^\uFEFF?\s*(?:data|event|id|retry)?:/;

/**
 * Reads a stream to the end of the turn.
 *
 * @throws {RequestFailure} if the stream breaks off: nobody has seen a part of it, so that the request may be sent again.
 */
async function gather(turn: Turn, response: SuccessfulResponse): Promise<Generation> {
  const { protocol, server } = turn.endpoint;
  const context = responseContext(turn, response);
  try {
    for await (const part of protocol.decodeEvents(streamedChunks(turn, response), context)) {
      if (part.type === 'finish') return withResponseFacts(part.generation, context.requestId, turn);
    }
  } catch (thrown) {
    throw ConnectionError.isInstance(thrown) ? new RequestFailure(thrown, 'later') : thrown;
  } finally {
    response.body.cancel();
    response.lease.release();
  }
  throw new ProtocolError(
    `The stream of ${server} ended without a finish part. Yield it from decodeEvents of the protocol.`,
  );
}

/**
 * Sends a turn and yields the parts of the response as they arrive. Nothing is sent again once a part has been yielded.
 *
 * @throws {CrewError} without any secret in it.
 */
export async function* streamTurn(turn: Turn): AsyncGenerator<StreamPart, void, undefined> {
  for (let hasYielded = false; ; ) {
    let response: SuccessfulResponse | undefined;
    try {
      response = await sendWithRetries(turn, received => received);
      const context = responseContext(turn, response);
      for await (const part of turn.endpoint.protocol.decodeEvents(streamedChunks(turn, response), context)) {
        hasYielded = true;
        turn.accepted();
        yield part.type === 'finish'
          ? { type: 'finish', generation: withResponseFacts(part.generation, context.requestId, turn) }
          : part;
      }
      return;
    } catch (thrown) {
      const error = scrubbedError(thrown, turn);
      if (hasYielded) throw error;
      changeFieldOrThrow(error, turn);
    } finally {
      response?.body.cancel();
      response?.lease.release();
    }
  }
}

/** Sends a turn until an attempt succeeds, its response is received too, or the retry policy gives up. */
async function sendWithRetries<T>(turn: Turn, receive: (response: SuccessfulResponse) => T | Promise<T>): Promise<T> {
  const { clock, retry } = turn.endpoint;
  let retries = 0;
  let replacements = 0;
  for (;;) {
    turn.attempt += 1;
    try {
      const outcome = await sendAttempt(turn);
      if (outcome !== 'resend') return await receive(outcome);
    } catch (thrown) {
      const { error, resend, retryAfter } = toFailure(thrown, turn);
      if (resend === 'at-once' && replacements < MAX_REPLACEMENTS) {
        replacements += 1;
        continue;
      }
      // An agent does not repeat what was retried here.
      if (retries > 0) markRetried(error, retries);
      if (resend === 'never' || retries >= retry.retries) throw error;
      const delayMs = retryAfter ?? retryDelay(retry, retries);
      checkDelay(turn, error, retryAfter, delayMs);
      turn.emit({ type: 'turn-retry', at: clock.wall(), attempt: turn.attempt, delayMs, error: error.toJSON() });
      await turn.deadlines.sleep(delayMs);
      retries += 1;
    }
  }
}

function toFailure(thrown: unknown, turn: Turn): RequestFailure {
  if (thrown instanceof RequestFailure) {
    turn.scrubber.error(thrown.error);
    return thrown;
  }
  if (!CrewError.isInstance(thrown)) throw thrown;
  turn.scrubber.error(thrown);
  // From an authenticator all of whose credentials have reached their limits.
  const isLimited = RateLimitError.isInstance(thrown) && thrown.retryAfter !== undefined;
  return new RequestFailure(
    thrown,
    isLimited ? 'later' : 'never',
    isLimited ? (thrown.retryAfter ?? 0) * 1000 : undefined,
  );
}

/** Throws if the delay is longer than the turn may still take, or than a server may ask for. */
function checkDelay(turn: Turn, error: CrewError, retryAfter: number | undefined, delay: number): void {
  const { maxRetryAfter } = turn.endpoint.retry;
  const isTooLong = retryAfter !== undefined && retryAfter > maxRetryAfter;
  if (!isTooLong && delay < turn.remaining) return;
  if (retryAfter === undefined || !ResponseError.isInstance(error)) throw error;
  const left = Math.max(0, Math.round(turn.remaining));
  const limit = isTooLong ? `retry.maxRetryAfter (${maxRetryAfter / 1000} s)` : `the turn may still take (${left} ms)`;
  const tooLong = retryAfterTooLong(error, retryAfter / 1000, limit);
  if (error.retries !== undefined) markRetried(tooLong, error.retries);
  throw turn.scrubber.error(tooLong);
}

/** Throws the error, unless the server rejected a field that can be changed, in a response of status 200. */
function changeFieldOrThrow(error: Error, turn: Turn): void {
  if (!ResponseError.isInstance(error)) throw error;
  const { serverMessage = '', serverCode, serverParam, status } = error;
  turn.isAccepted = false;
  const rejection = { message: serverMessage, code: serverCode, type: undefined, status, param: serverParam };
  // What an attempt has tried already is not tried again.
  if (!changeRejectedField(turn, rejection)) throw error;
}

function responseContext({ endpoint, scrubber }: Turn, { headers }: SuccessfulResponse): ResponseContext {
  const requestId = requestIdOf(headers);
  return { server: endpoint.server, requestId: requestId && scrubber.text(requestId), clock: endpoint.clock };
}

function scrubbedError(thrown: unknown, { scrubber }: Turn): Error {
  const error = thrown instanceof RequestFailure ? thrown.error : thrown;
  // A user's protocol may quote the response in an error, or attach it.
  return scrubber.error(sanitiseCause(error));
}

/**
 * Yields the bytes of a stream. Errors of the transport become the `CrewError` that the decoder lets pass. The deadline is
 * checked between two chunks, and the event loop gets a turn after each 64 KiB, so that a long stream that has arrived
 * already holds up neither timers nor other calls.
 */
async function* streamedChunks({ deadlines }: Turn, { body }: SuccessfulResponse): AsyncGenerator<Uint8Array> {
  try {
    let sincePause = 0;
    for await (const chunk of body.chunks ?? [body.bytes]) {
      deadlines.throwIfExpired();
      yield chunk;
      sincePause += chunk.byteLength;
      if (sincePause < BYTES_PER_LOOP_TURN) continue;
      sincePause = 0;
      await new Promise(resolve => setImmediate(resolve));
    }
  } catch (thrown) {
    throw thrown instanceof RequestFailure ? thrown.error : thrown;
  }
}

/**
 * Returns the turn with the server's request id, and remembers the ids of its tool calls. Request id and model are scrubbed:
 * they may repeat a credential.
 */
function withResponseFacts<T extends AssistantTurn>(decoded: T, requestId: string | undefined, turn: Turn): T {
  const { scrubber } = turn;
  const { model, toolCalls } = decoded;
  turn.endpoint.rememberCallIds(toolCalls);
  return {
    ...decoded,
    requestId: requestId ?? scrubber.optional(decoded.requestId),
    model: scrubber.optional(model),
  };
}
