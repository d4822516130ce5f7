import { Readable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { ContentEncoding } from './reply.ts';

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Applies content codings in order. `flushEach` makes every piece readable as soon as it is sent, as a stream needs. */
export function encoded(pieces: Pieces, encodings: readonly ContentEncoding[], flushEach: boolean): Pieces {
  return encodings.reduce((source, encoding) => encodedOnce(source, encoding, flushEach), pieces);
}

async function* encodedOnce(pieces: Pieces, encoding: ContentEncoding, flushEach: boolean): AsyncGenerator<Uint8Array> {
  const source = Readable.from(pieces);
  const encoder = createEncoder(encoding, flushEach);
  source.on('error', error => encoder.destroy(error));
  try {
    yield* source.pipe(encoder);
  } finally {
    source.destroy();
    encoder.destroy();
  }
}

/** Keeps the encoder's outputs apart: as bytes, those of two events would be read as one. */
const PIECEWISE = { readableObjectMode: true };

function createEncoder(
  encoding: ContentEncoding,
  flushEach: boolean,
): NodeJS.ReadWriteStream & { destroy(error?: Error): unknown } & AsyncIterable<Uint8Array> {
  if (encoding === 'br') {
    const flush = flushEach ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_PROCESS;
    return createBrotliCompress({ ...PIECEWISE, flush, params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  }
  const flush = flushEach ? constants.Z_SYNC_FLUSH : constants.Z_NO_FLUSH;
  return encoding === 'gzip' ? createGzip({ ...PIECEWISE, flush }) : createDeflate({ ...PIECEWISE, flush });
}
