/** Number of bytes of a body that are held before its sender is paused. */
const HIGH_WATER = 262_144;

/** A response's body as it arrives: read once, by one reader, who decides how fast. */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #sender: { resume(): void; cancel(): void };
  readonly #held = new ByteQueue();
  #paused = false;
  #end: 'open' | 'ended' | Error = 'open';
  #arrived: (() => void) | undefined;

  constructor(sender: { resume(): void; cancel(): void }) {
    this.#sender = sender;
  }

  /** Takes a piece that arrived. Returns false when the sender must pause until `resume`. */
  push(chunk: Uint8Array): boolean {
    this.#held.push(chunk);
    this.#paused = this.#held.byteLength >= HIGH_WATER;
    this.#wake();
    return !this.#paused;
  }

  end(): void {
    if (this.#end === 'open') this.#end = 'ended';
    this.#wake();
  }

  /** Ends it with an error, which the reader gets after the bytes that had arrived. */
  fail(error: Error): void {
    if (this.#end === 'open') this.#end = error;
    this.#wake();
  }

  /** Ends it with an error, which the reader gets at once: the bytes that had arrived are of no use to anybody. */
  abort(error: Error): void {
    if (this.#end !== 'open') return;
    this.#held.clear();
    this.fail(error);
  }

  /** The bytes that arrived since the last call, as one piece of at most 64 KiB or as it came; `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#held.shift();
      if (chunk !== undefined) {
        if (this.#paused && this.#held.byteLength < HIGH_WATER / 2) {
          this.#paused = false;
          this.#sender.resume();
        }
        return chunk;
      }
      if (this.#end === 'ended') return undefined;
      if (this.#end !== 'open') throw this.#end;
      await new Promise<void>(resolve => {
        this.#arrived = resolve;
      });
    }
  }

  /** Ends an unread body: its connection is of no further use. */
  cancel(): void {
    this.#held.clear();
    if (this.#end === 'open') {
      this.#end = 'ended';
      this.#sender.cancel();
    }
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) yield chunk;
    } finally {
      this.cancel();
    }
  }

  #wake(): void {
    this.#arrived?.();
    this.#arrived = undefined;
  }
}

/** Size of the blocks that small pieces are copied into, in bytes: each block is twice as large as the one before. */
const FIRST_BLOCK = 4_096;
const LARGEST_BLOCK = 65_536;

/**
 * Bytes that arrive in pieces of any size and are taken out in order. Its memory depends on the number of bytes, not on
 * the number of pieces: small pieces are copied into blocks, and so are pieces that hold on to a much larger buffer. A
 * sender of one-byte pieces costs one byte for each, and no object.
 */
export class ByteQueue {
  readonly #pieces: Uint8Array[] = [];
  /** The only piece so far, as it came: a reader that keeps up gets every piece without a copy. */
  #lone: Uint8Array | undefined;
  /** The block that is being filled. It follows all `#pieces`. */
  #block: Uint8Array | undefined;
  #filled = 0;
  #nextBlock = FIRST_BLOCK;
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  push(piece: Uint8Array): void {
    if (piece.byteLength === 0) return;
    const isFirst = this.#byteLength === 0;
    this.#byteLength += piece.byteLength;
    if (isFirst) {
      this.#lone = piece;
      return;
    }
    const lone = this.#lone;
    this.#lone = undefined;
    if (lone !== undefined) this.#append(lone);
    this.#append(piece);
  }

  /** Removes and returns the bytes that arrived first, as one piece; `undefined` when there are none. */
  shift(): Uint8Array | undefined {
    if (this.#lone !== undefined) return this.takeAll();
    if (this.#pieces.length === 0) this.#endBlock();
    // A short list: each piece is a block, or half of its buffer at least.
    const piece = this.#pieces.shift();
    this.#byteLength -= piece?.byteLength ?? 0;
    if (this.#byteLength === 0) this.#nextBlock = FIRST_BLOCK;
    return piece;
  }

  /** Removes and returns everything as one piece. */
  takeAll(): Uint8Array {
    this.#endBlock();
    const pieces = this.#lone === undefined ? this.#pieces : [this.#lone];
    const [first = new Uint8Array()] = pieces;
    const all = pieces.length > 1 ? Buffer.concat(pieces, this.#byteLength) : first;
    this.clear();
    return all;
  }

  clear(): void {
    this.#pieces.length = 0;
    this.#lone = undefined;
    this.#block = undefined;
    this.#filled = 0;
    this.#nextBlock = FIRST_BLOCK;
    this.#byteLength = 0;
  }

  #append(piece: Uint8Array): void {
    if (this.#block !== undefined && this.#filled + piece.byteLength < this.#block.byteLength) {
      this.#block.set(piece, this.#filled);
      this.#filled += piece.byteLength;
      return;
    }
    for (let rest = piece; rest.byteLength > 0; ) {
      if (this.#block === undefined) {
        if (rest.byteLength >= FIRST_BLOCK && rest.byteLength * 2 >= rest.buffer.byteLength) {
          this.#pieces.push(rest);
          return;
        }
        this.#block = new Uint8Array(this.#nextBlock);
        this.#nextBlock = Math.min(this.#nextBlock * 2, LARGEST_BLOCK);
      }
      const taken = rest.subarray(0, this.#block.byteLength - this.#filled);
      this.#block.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      if (this.#filled === this.#block.byteLength) this.#endBlock();
      rest = rest.subarray(taken.byteLength);
    }
  }

  #endBlock(): void {
    const block = this.#block;
    if (block === undefined) return;
    // Whoever keeps the piece shall not keep an almost empty block with it.
    const isSparse = this.#filled * 2 < block.byteLength;
    this.#pieces.push(isSparse ? block.slice(0, this.#filled) : block.subarray(0, this.#filled));
    this.#block = undefined;
    this.#filled = 0;
  }
}
