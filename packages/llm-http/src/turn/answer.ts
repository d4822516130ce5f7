import { AbortError } from '@crew/core';
import { bodyStart, decodeBody, readBody } from '../transport/decode-body.ts';
import type { WireResponse } from '../transport/request.ts';
import { ByteQueue } from '../transport/response-body.ts';
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
 * @throws {RequestFailure} for an answer that breaks off.
 */
export async function read(response: WireResponse, endpoint: Endpoint, turn: TurnState): Promise<Reading> {
  const { maxResponseBytes, server } = endpoint;
  if (!isSuccess(response.status)) {
    const start = await bodyStart(response, START, server);
    const { signal } = turn.scope;
    // Nobody wants to know any more what the server said.
    if (signal.aborted && AbortError.isInstance(signal.reason)) throw signal.reason;
    return reading(response, start);
  }
  if (!turn.stream) return reading(response, await readBody(response, maxResponseBytes, server));
  const chunks = decodeBody(response, maxResponseBytes, server);
  const isJudged = endpoint.authenticators.some(one => one.isRefusal !== undefined);
  const begun = await begin(chunks, bytes => isJudged && mayBePage(response, bytes));
  return reading(response, begun, beginningWith(begun, chunks));
}

/** What a login page, say, may be; a stream, whatever its content type, is passed on as it comes. */
function mayBePage({ headers }: WireResponse, bytes: Uint8Array): boolean {
  const type = String(headers['content-type']).toLowerCase();
  const first = FIRST.exec(new TextDecoder().decode(bytes.subarray(0, 64)))?.[0];
  if (first === '<') return true;
  return /html/.test(type) || (first === '{' && /^application\/(?:[\w.-]+\+)?json\b/.test(type));
}

const FIRST = /[^\s\uFEFF]/;

/** The first piece; of what is to be judged as a whole as much as that may see. */
async function begin(chunks: AsyncGenerator<Uint8Array>, isWhole: (first: Uint8Array) => boolean): Promise<Uint8Array> {
  const first = await chunks.next();
  if (first.done) return new Uint8Array();
  if (!isWhole(first.value)) return first.value;
  const taken = new ByteQueue();
  taken.push(first.value);
  while (taken.byteLength < START) {
    const next = await chunks.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken.takeAll();
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
