import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { excerpt, ProtocolError } from '@crew/core';
import type { WireHeaders } from './headers.ts';
import type { WireResponse } from './request.ts';
import { ByteQueue } from './response-body.ts';
import { RequestFailure } from './transport-failure.ts';

/**
 * A response's bytes, decoded, as they come, and at most `limit` of them. Leaving the iteration ends the response.
 *
 * @throws {RequestFailure}
 */
export async function* decodeBody(response: WireResponse, limit: number, server: string): AsyncGenerator<Uint8Array> {
  const { body, headers } = response;
  const codings = contentCodings(headers);
  let length = 0;
  try {
    for await (const chunk of codings.length === 0 ? body : decode(body, codings, server)) {
      length += chunk.byteLength;
      if (length > limit) throw tooLong(limit, server);
      yield chunk;
    }
  } finally {
    // Also wakes a decoder that is reading ahead.
    body.cancel();
  }
}

/** Reads a whole response, decoded, and at most `limit` bytes of it. */
export async function readBody(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const bytes = new ByteQueue();
  if (contentCodings(response.headers).length > 0) {
    for await (const chunk of decodeBody(response, limit, server)) bytes.push(chunk);
    return bytes.takeAll();
  }
  const { body } = response;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    bytes.push(chunk);
    if (bytes.byteLength > limit) {
      body.cancel();
      throw tooLong(limit, server);
    }
  }
  return bytes.takeAll();
}

/**
 * Reads the beginning of a body of which no more is wanted: at most `limit` bytes, decoded. Ends the response. An error
 * that breaks off, or is badly encoded, is still that error: the part that had arrived is returned.
 */
export async function readBodyStart(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const bytes = new ByteQueue();
  try {
    for await (const chunk of decodeBody(response, Number.POSITIVE_INFINITY, server)) {
      bytes.push(chunk);
      if (bytes.byteLength >= limit) break;
    }
  } catch {
    // Its status and its beginning say more than the way in which it ended.
  }
  return bytes.takeAll().subarray(0, limit);
}

function tooLong(limit: number, server: string): RequestFailure {
  return new RequestFailure(
    new ProtocolError(`The answer of ${server} is longer than maxResponseBytes allows (${limit} bytes).`),
    'never',
  );
}

/** Codings that may be stacked. Real servers use one; a stack is how a small body becomes a huge one. */
const MAX_CODINGS = 3;

/** The content codings of a response, in the order in which they were applied (RFC 9110, section 8.4). */
export function contentCodings(headers: WireHeaders): readonly string[] {
  const header = headers['content-encoding'];
  if (header === undefined) return [];
  const list = typeof header === 'string' ? header : header.join(',');
  return list
    .split(',')
    .map(coding => coding.trim().toLowerCase())
    .filter(coding => coding !== '' && coding !== 'identity');
}

/**
 * The bytes without their codings, as they come.
 *
 * @throws {RequestFailure} with a `ProtocolError`, for too many codings, an unknown one, and bytes that are not in it.
 */
export function decode(
  body: AsyncIterable<Uint8Array>,
  codings: readonly string[],
  server: string,
): AsyncIterable<Uint8Array> {
  if (codings.length > MAX_CODINGS)
    throw unreadable(`The answer of ${server} is encoded ${codings.length} times over.`);
  return codings.reduceRight((coded, coding) => decodeOnce(coded, coding, server), body);
}

async function* decodeOnce(
  coded: AsyncIterable<Uint8Array>,
  coding: string,
  server: string,
): AsyncGenerator<Uint8Array> {
  const iterator = coded[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const decoder = createDecoder(coding, first.value);
  if (decoder === undefined) {
    throw unreadable(
      `The answer of ${server} has the content coding "${excerpt(coding, 40)}", which is not known here.`,
    );
  }
  const source = Readable.from(beginningWith(first.value, iterator), { objectMode: false });
  // Errors and ends go both ways: a reader that leaves ends the source.
  pipeline(source, decoder, () => undefined);
  try {
    yield* decoder;
  } catch (thrown) {
    if (thrown instanceof RequestFailure) throw thrown;
    throw unreadable(`The answer of ${server} says that it is encoded as ${coding}, and is not.`);
  } finally {
    decoder.destroy();
  }
}

async function* beginningWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function createDecoder(coding: string, first: Uint8Array): Transform | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case 'deflate':
      // Some servers leave out the zlib header (RFC 1950, section 2.2) that the coding has (RFC 9110, section 8.4.1.2).
      return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}

function unreadable(message: string): RequestFailure {
  return new RequestFailure(new ProtocolError(message), 'never');
}
