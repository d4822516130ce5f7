import type { Delivery } from './delivery.ts';

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Cuts a byte sequence anew: into the given sizes, what is left over in one piece at the end. */
export function sizedPieces(pieces: Pieces, sizes: Delivery['sizes']): Pieces {
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
