/** So much of a body is held before its sender is paused, in bytes. */
const HIGH_WATER = 262_144;

/** A response's body as it arrives: read once, by one reader, who decides how fast. */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #sender: { resume(): void; cancel(): void };
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #paused = false;
  #end: 'open' | 'ended' | Error = 'open';
  #arrived: (() => void) | undefined;

  constructor(sender: { resume(): void; cancel(): void }) {
    this.#sender = sender;
  }

  /** A piece arrived. `false`: the sender must pause until `resume`. */
  push(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk);
    this.#held += chunk.byteLength;
    this.#paused = this.#held >= HIGH_WATER;
    this.#wake();
    return !this.#paused;
  }

  end(): void {
    if (this.#end === 'open') this.#end = 'ended';
    this.#wake();
  }

  /** What had arrived is still read; then the reader gets the error. */
  fail(error: Error): void {
    if (this.#end === 'open') this.#end = error;
    this.#wake();
  }

  /** The next piece; `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#held -= chunk.byteLength;
        if (this.#paused && this.#held < HIGH_WATER / 2) {
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
    this.#chunks.length = 0;
    this.#held = 0;
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
