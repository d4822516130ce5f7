import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { excerpt, ProtocolError } from '@crew/core';
import type { WireHeaders } from './headers.ts';
import type { WireResponse } from './request.ts';
import { ByteQueue } from './response-body.ts';
import { RequestFailure } from './transport-failure.ts';

/**
 * Yields the decoded bytes of a response as they arrive, at most `limit` of them. Leaving the iteration ends the response.
 *
 * @throws {RequestFailure} if the response is longer, cannot be decoded or breaks off.
 */
export async function* decodeBody(response: WireResponse, limit: number, server: string): AsyncGenerator<Uint8Array> {
  const { body, headers } = response;
  const codings = contentCodings(headers);
  let length = 0;
  try {
    for await (const chunk of codings.length === 0 ? body : decodeChunks(body, codings, server)) {
      length += chunk.byteLength;
      if (length > limit) throw tooLarge(limit, server);
      yield chunk;
    }
  } finally {
    // This also wakes a decoder that is reading ahead.
    body.cancel();
  }
}

/**
 * Reads and decodes a whole response of at most `limit` bytes.
 *
 * @throws {RequestFailure} if the response is longer, cannot be decoded or breaks off.
 */
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
      throw tooLarge(limit, server);
    }
  }
  return bytes.takeAll();
}

/**
 * Reads and decodes the start of an error response, at most `limit` bytes, and ends the response. If the response breaks off
 * or cannot be decoded, the part that has arrived is returned.
 */
export async function readBodyStart(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const bytes = new ByteQueue();
  try {
    for await (const chunk of decodeBody(response, Number.POSITIVE_INFINITY, server)) {
      bytes.push(chunk);
      if (bytes.byteLength >= limit) break;
    }
  } catch {
    // The status and the start of an error are more useful than the reason why its rest is missing.
  }
  return bytes.takeAll().subarray(0, limit);
}

function tooLarge(limit: number, server: string): RequestFailure {
  return new RequestFailure(
    new ProtocolError(`The response of ${server} is longer than maxResponseBytes allows (${limit} bytes).`),
    'never',
  );
}

/** Maximum number of stacked content codings. Real servers use one; stacks turn a small body into a huge one. */
const MAX_CODINGS = 3;

/** Returns the content codings of a response in the order in which they were applied (RFC 9110, section 8.4). */
function contentCodings(headers: WireHeaders): readonly string[] {
  const header = headers['content-encoding'];
  if (header === undefined) return [];
  const list = typeof header === 'string' ? header : header.join(',');
  return list
    .split(',')
    .map(coding => coding.trim().toLowerCase())
    .filter(coding => coding !== '' && coding !== 'identity');
}

/**
 * Decodes the bytes of a body as they arrive.
 *
 * @throws {RequestFailure} with a `ProtocolError`, if there are too many codings, a coding is unknown or the bytes are invalid.
 */
function decodeChunks(
  body: AsyncIterable<Uint8Array>,
  codings: readonly string[],
  server: string,
): AsyncIterable<Uint8Array> {
  if (codings.length > MAX_CODINGS)
    throw unreadable(`The response of ${server} is encoded ${codings.length} times over.`);
  return codings.reduceRight((encoded, coding) => decodeOnce(encoded, coding, server), body);
}

async function* decodeOnce(
  encoded: AsyncIterable<Uint8Array>,
  coding: string,
  server: string,
): AsyncGenerator<Uint8Array> {
  const iterator = encoded[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const decoder = createDecoder(coding, first.value);
  if (decoder === undefined) {
    throw unreadable(
      `The response of ${server} has the content coding "${excerpt(coding, 40)}", which is not supported.`,
    );
  }
  const source = Readable.from(prepend(first.value, iterator), { objectMode: false });
  // Errors and ends are propagated in both directions: a reader that leaves ends the source.
  pipeline(source, decoder, () => undefined);
  try {
    yield* decoder;
  } catch (thrown) {
    if (thrown instanceof RequestFailure) throw thrown;
    throw unreadable(`The response of ${server} is declared as ${coding}, but cannot be decoded.`);
  } finally {
    decoder.destroy();
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
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
      // Some servers omit the zlib header (RFC 1950, section 2.2) of the coding (RFC 9110, section 8.4.1.2).
      return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}

function unreadable(message: string): RequestFailure {
  return new RequestFailure(new ProtocolError(message), 'never');
}
