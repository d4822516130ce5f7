/** Number of buffered bytes at which the sender is paused. */
const HIGH_WATER_MARK = 262_144;

/** The body of a response as it arrives. It is read once, by one reader, at the reader's pace. */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #sender: { resume(): void; cancel(): void };
  readonly #buffered = new ByteQueue();
  #isPaused = false;
  #end: 'open' | 'ended' | Error = 'open';
  #onArrival: (() => void) | undefined;

  constructor(sender: { resume(): void; cancel(): void }) {
    this.#sender = sender;
  }

  /** Adds a chunk that has arrived. Returns false if the sender must pause until `resume` is called. */
  push(chunk: Uint8Array): boolean {
    this.#buffered.push(chunk);
    this.#isPaused = this.#buffered.byteLength >= HIGH_WATER_MARK;
    this.#wake();
    return !this.#isPaused;
  }

  /** Ends the body. */
  end(): void {
    if (this.#end === 'open') this.#end = 'ended';
    this.#wake();
  }

  /** Ends the body with an error, which the reader gets after the bytes that have arrived. */
  fail(error: Error): void {
    if (this.#end === 'open') this.#end = error;
    this.#wake();
  }

  /** Ends the body with an error, which the reader gets at once. Bytes that have arrived are discarded. */
  abort(error: Error): void {
    if (this.#end !== 'open') return;
    this.#buffered.clear();
    this.fail(error);
  }

  /** Returns the next bytes, as one chunk of at most 64 KiB or as they arrived; `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#buffered.shift();
      if (chunk !== undefined) {
        if (this.#isPaused && this.#buffered.byteLength < HIGH_WATER_MARK / 2) {
          this.#isPaused = false;
          this.#sender.resume();
        }
        return chunk;
      }
      if (this.#end === 'ended') return undefined;
      if (this.#end !== 'open') throw this.#end;
      await new Promise<void>(resolve => {
        this.#onArrival = resolve;
      });
    }
  }

  /** Cancels a body that is not read to its end. Its connection is closed. */
  cancel(): void {
    this.#buffered.clear();
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
    this.#onArrival?.();
    this.#onArrival = undefined;
  }
}

/** Sizes of the first and the largest block for small chunks, in bytes. Each block is twice as large as the one before. */
const FIRST_BLOCK = 4_096;
const LARGEST_BLOCK = 65_536;

/**
 * A queue of bytes that arrive in chunks of any size. Its memory depends on the number of bytes, not on the number of chunks:
 * small chunks are copied into blocks, and so are chunks that reference a much larger buffer. A chunk of one byte costs one
 * byte and no object.
 */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  /** The only chunk so far, unchanged: a reader that keeps up gets every chunk without a copy. */
  #lone: Uint8Array | undefined;
  /** The block that is being filled. It follows all `#chunks`. */
  #block: Uint8Array | undefined;
  #filled = 0;
  #nextBlock = FIRST_BLOCK;
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Appends a chunk. */
  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    const isFirst = this.#byteLength === 0;
    this.#byteLength += chunk.byteLength;
    if (isFirst) {
      this.#lone = chunk;
      return;
    }
    const lone = this.#lone;
    this.#lone = undefined;
    if (lone !== undefined) this.#append(lone);
    this.#append(chunk);
  }

  /** Removes and returns the first bytes as one chunk; `undefined` if the queue is empty. */
  shift(): Uint8Array | undefined {
    if (this.#lone !== undefined) return this.takeAll();
    if (this.#chunks.length === 0) this.#endBlock();
    // The list is short: each chunk is a block, or at least half of its buffer.
    const chunk = this.#chunks.shift();
    this.#byteLength -= chunk?.byteLength ?? 0;
    if (this.#byteLength === 0) this.#nextBlock = FIRST_BLOCK;
    return chunk;
  }

  /** Removes and returns all bytes as one chunk. */
  takeAll(): Uint8Array {
    this.#endBlock();
    const chunks = this.#lone === undefined ? this.#chunks : [this.#lone];
    const [first = new Uint8Array()] = chunks;
    const all = chunks.length > 1 ? Buffer.concat(chunks, this.#byteLength) : first;
    this.clear();
    return all;
  }

  /** Removes all bytes. */
  clear(): void {
    this.#chunks.length = 0;
    this.#lone = undefined;
    this.#block = undefined;
    this.#filled = 0;
    this.#nextBlock = FIRST_BLOCK;
    this.#byteLength = 0;
  }

  #append(chunk: Uint8Array): void {
    if (this.#block !== undefined && this.#filled + chunk.byteLength < this.#block.byteLength) {
      this.#block.set(chunk, this.#filled);
      this.#filled += chunk.byteLength;
      return;
    }
    for (let rest = chunk; rest.byteLength > 0; ) {
      if (this.#block === undefined) {
        if (rest.byteLength >= FIRST_BLOCK && rest.byteLength * 2 >= rest.buffer.byteLength) {
          this.#chunks.push(rest);
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
    // A reader that keeps the chunk must not keep an almost empty block with it.
    const isSparse = this.#filled * 2 < block.byteLength;
    this.#chunks.push(isSparse ? block.slice(0, this.#filled) : block.subarray(0, this.#filled));
    this.#block = undefined;
    this.#filled = 0;
  }
}
