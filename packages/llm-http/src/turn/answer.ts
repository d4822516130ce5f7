import type { WireResponse } from '../transport/exchange.ts';
import { bodyStart, decodedBody, wholeBody } from '../transport/read-body.ts';
import type { Endpoint } from './endpoint.ts';
import type { TurnState } from './turn-state.ts';

/** So much of a response is shown to authenticators, and read of an error's body, in bytes. */
const START = 65_536;

/** A response as far as an attempt reads it. */
export interface Reading {
  /** The whole body; of a stream its first piece; of an error its start. */
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
  if (!isSuccess(response.status)) return reading(response, await errorStart(response, server));
  if (!turn.stream) return reading(response, await wholeBody(response, maxResponseBytes, server));
  const chunks = decodedBody(response, maxResponseBytes, server);
  const first = await chunks.next();
  const bytes = first.done ? new Uint8Array() : first.value;
  return reading(response, bytes, beginningWith(bytes, chunks));
}

/** An error that breaks off, or is badly encoded, is still that error. */
async function errorStart(response: WireResponse, server: string): Promise<Uint8Array> {
  try {
    return await bodyStart(response, START, server);
  } catch {
    return new Uint8Array();
  }
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
