import { constants, crc32, deflateRawSync } from 'node:zlib';
import { status } from '../reply/builders.ts';
import type { ContentEncoding, Reply } from '../reply/reply.ts';

/** Responds with 200 and a header section of at least the given number of bytes, in fields of 1 KiB. */
export function headerBomb(bytes: number): Reply {
  const count = Math.ceil(bytes / 1024);
  const fields = Array.from({ length: count }, (_, index) => [`x-filler-${index}`, 'f'.repeat(1024)]);
  return status(200, { headers: Object.fromEntries(fields), body: {} });
}

/** Compresses the body with a content coding. Apply it again for nested codings. */
export function compressed(reply: Reply, encoding: ContentEncoding): Reply {
  // A reply whose bytes are already encoded names its coding in the header.
  const named = reply.headers?.['content-encoding'];
  const headers =
    named === undefined ? reply.headers : { ...reply.headers, 'content-encoding': `${named}, ${encoding}` };
  return { ...reply, headers, encodings: [...(reply.encodings ?? []), encoding] };
}

/**
 * Responds with a valid completion of the given number of bytes (`Infinity` never ends), generated while the client reads it. It has
 * no line break: `withContentType(…, 'text/event-stream')` turns it into an endless line of a stream.
 */
export function huge(bytes: number): Reply {
  return { headers: { 'content-type': 'application/json' }, body: () => filler(bytes) };
}

/** Responds with a decompression bomb: a completion that is small on the wire and decodes to `decodedBytes` bytes. */
export function bomb({
  decodedBytes,
  encoding,
}: {
  readonly decodedBytes: number;
  readonly encoding: ContentEncoding;
}): Reply {
  return encoding === 'gzip' ? gzipBomb(decodedBytes) : compressed(huge(decodedBytes), encoding);
}

/** Returns `huge` in gzip, without compressing the same block repeatedly. */
function gzipBomb(decodedBytes: number): Reply {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  return { headers, body: () => gzipFiller(decodedBytes) };
}

/** CRC-32 checksums of `huge` by its size. They are cached because a checksum takes longer than the rest of a bomb. */
const checksums = new Map<number, number>();

/** Generates a gzip member (RFC 1952) whose deflate blocks end on byte boundaries, so that one block can be sent repeatedly. */
function* gzipFiller(bytes: number): Generator<Uint8Array> {
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const known = checksums.get(bytes);
  let check = 0;
  let last: { readonly block: Uint8Array; readonly deflated: Uint8Array } | undefined;
  for (const block of filler(bytes)) {
    if (known === undefined) check = crc32(block, check);
    if (last?.block.length !== block.length || !block.equals(last.block)) {
      last = { block, deflated: deflateRawSync(block, { finishFlush: constants.Z_FULL_FLUSH }) };
    }
    yield last.deflated;
  }
  checksums.set(bytes, known ?? check);
  const end = Buffer.alloc(8);
  end.writeUInt32LE(known ?? check, 0);
  end.writeUInt32LE(bytes % 2 ** 32, 4);
  yield Buffer.concat([deflateRawSync(Buffer.alloc(0)), end]);
}

const START =
  '{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"';
const END = '"}}]}';

function* filler(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(524_288, 'a');
  yield Buffer.from(START);
  for (let remaining = bytes - START.length - END.length; remaining > 0; remaining -= block.length) {
    yield block.subarray(0, remaining);
  }
  yield Buffer.from(END);
}
