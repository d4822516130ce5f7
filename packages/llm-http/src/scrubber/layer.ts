/**
 * A text, or the result of decoding it, as UTF-8 bytes. Each byte has the range of the original text that it comes from, in
 * UTF-16 code units. The arrays are reused; only the first `length` elements are valid.
 */
export class Layer {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  length = 0;

  /** Allocates room for `capacity` bytes. A decoded layer is never longer than its source. */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.starts = new Uint32Array(capacity);
    this.ends = new Uint32Array(capacity);
  }

  push(byte: number, start: number, end: number): void {
    this.bytes[this.length] = byte;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length += 1;
  }

  /** Appends the UTF-8 bytes of an escaped character. */
  pushCharacter(code: number, start: number, end: number): void {
    if (code < 0x80) {
      this.push(code, start, end);
      return;
    }
    for (const byte of Buffer.from(String.fromCodePoint(code))) this.push(byte, start, end);
  }

  /** Extends the range of the last byte to this end in the original text. */
  extend(end: number): void {
    if (this.length > 0) this.ends[this.length - 1] = end;
  }

  /** Returns true if an ellipsis, `…` or `...`, is at the index. Both are three bytes. */
  isEllipsis(at: number): boolean {
    if (at + 3 > this.length) return false;
    const { bytes } = this;
    const first = bytes[at];
    if (first === 0xe2) return bytes[at + 1] === 0x80 && bytes[at + 2] === 0xa6;
    return first === 0x2e && bytes[at + 1] === 0x2e && bytes[at + 2] === 0x2e;
  }
}

/** Returns the bytes of a text as a layer. */
export function layerOf(text: string): Layer {
  const encoded = Buffer.from(text);
  const layer = new Layer(encoded.length);
  for (let at = 0, unit = 0; at < encoded.length; ) {
    const size = sizeOf(encoded[at] ?? 0);
    const units = size === 4 ? 2 : 1;
    for (const end = at + size; at < end; at += 1) layer.push(encoded[at] ?? 0, unit, unit + units);
    unit += units;
  }
  return layer;
}

/** Returns the length of the UTF-8 sequence that begins with this byte (RFC 3629, section 3). */
function sizeOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
