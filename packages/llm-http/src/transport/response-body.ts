import { ByteQueue } from './byte-queue.ts';

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
