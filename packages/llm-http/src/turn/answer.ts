import type { WireResponse } from '../transport/exchange.ts';
import { bodyStart, decodedBody, wholeBody } from '../transport/read-body.ts';
import type { Endpoint } from './endpoint.ts';
import type { TurnState } from './turn-state.ts';

/** So much of a response is shown to authenticators, and read of an error's body, in bytes. */
const START = 65_536;

/** A response as far as an attempt reads it. */
export interface Reading {
  /** The whole body; of a stream its beginning; of an error its start. */
  readonly bytes: Uint8Array;
  /** The pieces of a stream, the first included. */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
  /** Its start as text, for refusals and errors. */
  start(): string;
  /** Ends what was not read. */
  cancel(): void;
}

/** Whether the status says that the body is the answer. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Reads a response: an answer whole, or up to the first piece of a stream; of anything else the start.
 *
 * @throws {ExchangeFailure} for an answer that breaks off.
 */
export async function read(response: WireResponse, endpoint: Endpoint, turn: TurnState): Promise<Reading> {
  const { maxResponseBytes, server } = endpoint;
  if (!isSuccess(response.status)) return reading(response, await bodyStart(response, START, server));
  if (!turn.stream) return reading(response, await wholeBody(response, maxResponseBytes, server));
  const chunks = decodedBody(response, maxResponseBytes, server);
  // A login page, say, which may come in pieces; an event stream is passed on as it comes.
  const isJudged = !isEventStream(response) && endpoint.authenticators.some(one => one.isRefusal !== undefined);
  const begun = await take(chunks, isJudged ? START : 1);
  return reading(response, begun, beginningWith(begun, chunks));
}

function isEventStream({ headers }: WireResponse): boolean {
  return String(headers['content-type']).toLowerCase().startsWith('text/event-stream');
}

/** The first pieces as one: at least so many bytes, where there are so many. */
async function take(chunks: AsyncGenerator<Uint8Array>, least: number): Promise<Uint8Array> {
  const first = await chunks.next();
  if (first.done) return new Uint8Array();
  const taken = [first.value];
  for (let length = first.value.byteLength; length < least; ) {
    const next = await chunks.next();
    if (next.done) break;
    taken.push(next.value);
    length += next.value.byteLength;
  }
  return taken.length === 1 ? first.value : Buffer.concat(taken);
}

function reading(response: WireResponse, bytes: Uint8Array, chunks?: AsyncIterable<Uint8Array>): Reading {
  return {
    bytes,
    chunks,
    start: () => new TextDecoder().decode(bytes.subarray(0, START)),
    cancel: () => response.body.cancel(),
  };
}

async function* beginningWith(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
