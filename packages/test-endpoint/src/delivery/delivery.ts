import { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { AnyServerResponse } from '../endpoint/recorded-request.ts';
import { headerFields, type Rendered } from '../reply/render.ts';
import type { Delay, Delivery } from '../reply/reply.ts';
import { Http1Writer, RawHttp1Writer } from './http1-writer.ts';
import { Http2Writer } from './http2-writer.ts';
import type { ResponseWriter } from './response-writer.ts';

/** Sends a rendered reply and resolves to true if all of it was sent. Rejects if the client or the endpoint closes the connection. */
export async function deliver(
  rendered: Rendered,
  delivery: Delivery,
  writer: ResponseWriter,
  signal: AbortSignal,
): Promise<boolean> {
  const { delays = {}, cut } = delivery;
  await pause(delays.headers, signal);
  for (const { status, headers = {} } of delivery.interim ?? []) writer.interim(status, headerFields(headers));

  // Without a content-length each write becomes one chunk of the transfer coding, so the reader sees exactly these boundaries.
  await writer.head(rendered.status, rendered.headers, delivery.sizes === undefined ? rendered.length : undefined);
  await pause(delays.body, signal);

  let remaining = cut?.of === 'body' ? cut.after : Number.POSITIVE_INFINITY;
  let first = true;
  for await (const piece of sizedPieces(rendered.pieces, delivery.sizes)) {
    if (!first) await pause(delays.betweenChunks, signal);
    first = false;
    signal.throwIfAborted();
    if (remaining > 0) await writer.write(piece.subarray(0, remaining));
    remaining -= piece.length;
    if (remaining < 0) break;
  }
  if (cut?.of === 'body') await writer.cut(cut.by);
  else await writer.end();
  return cut?.of !== 'body';
}

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Splits a byte sequence into pieces of the given sizes, with the remainder in one last piece. */
function sizedPieces(pieces: Pieces, sizes: Delivery['sizes']): Pieces {
  if (sizes === undefined) return pieces;
  return typeof sizes === 'object'
    ? listedSizes(pieces, sizes)
    : equalSizes(pieces, sizes === 'every-byte' ? 1 : sizes);
}

async function* equalSizes(pieces: Pieces, size: number): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (; from + size <= bytes.length; from += size) yield bytes.subarray(from, from + size);
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest;
}

async function* listedSizes(pieces: Pieces, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array();
  let next = 0;
  for await (const piece of pieces) {
    bytes = Buffer.concat([bytes, piece]);
    for (let size = sizes[next]; size !== undefined && size <= bytes.length; size = sizes[next]) {
      yield bytes.subarray(0, size);
      bytes = bytes.subarray(size);
      next += 1;
    }
  }
  if (bytes.length > 0) yield bytes;
}

/** Waits for the delay. Rejects, without leaving a timer, when the signal aborts. */
export async function pause(delay: Delay | undefined, signal: AbortSignal): Promise<void> {
  if (delay === undefined) return;
  if (typeof delay === 'number') await wait(delay, undefined, { signal });
  else await raceAgainst(delay(), signal);
}

function raceAgainst(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Returns the writer that supports the requested delivery, or undefined if the client has already disconnected. */
export function openResponseWriter(
  response: AnyServerResponse,
  tcp: Socket,
  delivery: Delivery,
): ResponseWriter | undefined {
  const { cut, headSplits = [], rawHead, beforeBody } = delivery;
  const resetAfter = cut?.of === 'response' ? cut.after : Number.POSITIVE_INFINITY;
  if (response instanceof Http2ServerResponse) {
    return response.stream === undefined ? undefined : new Http2Writer(response.stream, tcp, resetAfter);
  }
  const raw = resetAfter < Number.POSITIVE_INFINITY || headSplits.length > 0 || rawHead !== undefined || beforeBody;
  if (!raw) return new Http1Writer(response, tcp);
  const { socket } = response;
  return socket === null ? undefined : new RawHttp1Writer({ socket, tcp, resetAfter, headSplits, rawHead });
}
