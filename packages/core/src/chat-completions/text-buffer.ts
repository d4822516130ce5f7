/** Number of pieces that are kept apart before they are joined. */
const PIECES_PER_BLOCK = 1024;

/**
 * A text that grows at its end. Small pieces are joined into flat blocks as they come: a text that arrives one character
 * at a time takes about as much memory as one that arrives whole.
 */
export class TextBuffer {
  /** Number of characters so far. */
  length = 0;
  #blocks: string[] = [];
  #pieces: string[] = [];

  /** Appends a piece. */
  push(piece: string): void {
    if (piece === '') return;
    this.length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length < PIECES_PER_BLOCK) return;
    this.#blocks.push(this.#pieces.join(''));
    this.#pieces = [];
    // Blocks of equal rank are joined like the pieces before them: their number stays small however long the text is.
    if (this.#blocks.length >= PIECES_PER_BLOCK) this.#blocks = [this.#blocks.join('')];
  }

  /** Returns the whole text and empties the buffer. */
  take(): string {
    const [only = '', ...others] = this.#pieces;
    const text =
      this.#blocks.length === 0 && others.length === 0 ? only : this.#blocks.join('') + this.#pieces.join('');
    this.#blocks = [];
    this.#pieces = [];
    this.length = 0;
    return text;
  }
}
