import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { excerpt, ProtocolError } from '@crew/core';
import type { WireHeaders } from './exchange.ts';
import { ExchangeFailure } from './exchange-failure.ts';

/** Codings that may be stacked. Real servers use one; a stack is how a small body becomes a huge one. */
const MOST_CODINGS = 3;

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
 * @throws {ExchangeFailure} with a `ProtocolError`, for too many codings, an unknown one, and bytes that are not in it.
 */
export function decode(
  body: AsyncIterable<Uint8Array>,
  codings: readonly string[],
  server: string,
): AsyncIterable<Uint8Array> {
  if (codings.length > MOST_CODINGS)
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
    if (thrown instanceof ExchangeFailure) throw thrown;
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

function unreadable(message: string): ExchangeFailure {
  return new ExchangeFailure(new ProtocolError(message), 'never');
}
