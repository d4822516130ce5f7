import { AbortError } from '@crew/core';
import { decodeBody, readBody, readBodyStart } from '../transport/decode-body.ts';
import type { WireResponse } from '../transport/request.ts';
import { ByteQueue } from '../transport/response-body.ts';
import type { Turn } from './turn.ts';

/** Bytes of a response that authenticators see, and of an error's body that are read. */
const START = 65_536;

/** The body of a response, as far as an attempt reads it. */
export interface ReceivedBody {
  /** The whole body; of a stream the first chunk; of an error the start. */
  readonly bytes: Uint8Array;
  /** The chunks of a stream, including the first. */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
  /** Returns the start of the body as text. */
  readonly start: () => string;
  /** Ends a body that is not read to its end. */
  readonly cancel: () => void;
}

/** Returns true for a status of 200 to 299. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Reads the body of a response: of a success all of it, or the first chunk of a stream; of any other status the start.
 *
 * @throws {RequestFailure} if a successful response breaks off.
 */
export async function receiveBody(response: WireResponse, turn: Turn): Promise<ReceivedBody> {
  const { maxResponseBytes, server, authenticators } = turn.endpoint;
  if (!isSuccess(response.status)) {
    const start = await readBodyStart(response, START, server);
    const { signal } = turn.deadlines;
    // The caller left: the error of the server is of no use to anybody.
    if (signal.aborted && AbortError.isInstance(signal.reason)) throw signal.reason;
    return receivedBody(response, start);
  }
  if (!turn.isStreamed && !isEventStream(response))
    return receivedBody(response, await readBody(response, maxResponseBytes, server));
  const chunks = decodeBody(response, maxResponseBytes, server);
  const first = await firstChunk(chunks, bytes => authenticators.hasRefusalCheck && isLikelyPage(response, bytes));
  return receivedBody(response, first, prepend(first, chunks));
}

/** Some servers stream although nobody asked them to. Such a response may stay open after its last event. */
function isEventStream({ headers }: WireResponse): boolean {
  return /^\s*text\/event-stream\b/i.test(String(headers['content-type']));
}

/** Returns true if a streamed response may be a page, such as a login page, instead of a stream of events. */
function isLikelyPage({ headers }: WireResponse, bytes: Uint8Array): boolean {
  const type = String(headers['content-type']).toLowerCase();
  const first = FIRST_CHARACTER.exec(new TextDecoder().decode(bytes.subarray(0, 64)))?.[0];
  if (first === '<') return true;
  return /html/.test(type) || (first === '{' && /^application\/(?:[\w.-]+\+)?json\b/.test(type));
}

const FIRST_CHARACTER = /[^\s\uFEFF]/;

/** Reads the first chunk; if `isPage` returns true for it, as much as authenticators may see. */
async function firstChunk(
  chunks: AsyncGenerator<Uint8Array>,
  isPage: (first: Uint8Array) => boolean,
): Promise<Uint8Array> {
  const first = await chunks.next();
  if (first.done) return new Uint8Array();
  if (!isPage(first.value)) return first.value;
  const bytes = new ByteQueue();
  bytes.push(first.value);
  while (bytes.byteLength < START) {
    const next = await chunks.next();
    if (next.done) break;
    bytes.push(next.value);
  }
  return bytes.takeAll();
}

function receivedBody(response: WireResponse, bytes: Uint8Array, chunks?: AsyncIterable<Uint8Array>): ReceivedBody {
  return {
    bytes,
    chunks,
    start: () => new TextDecoder().decode(bytes.subarray(0, START)),
    cancel: () => response.body.cancel(),
  };
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
