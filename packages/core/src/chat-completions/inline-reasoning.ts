const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Separates reasoning that a server left in the text: `<think>...</think>` at the very start, which is where models put it.
 * Text that may be the start of a tag is held back until the next chunk decides.
 */
export class InlineReasoning {
  #state: 'start' | 'reasoning' | 'between' | 'text' = 'start';
  /** Blank text at the very start. It is part of the text unless a tag follows. */
  #blank = '';
  #held = '';
  readonly #onText: (text: string) => void;
  readonly #onReasoning: (text: string) => void;

  constructor(onText: (text: string) => void, onReasoning: (text: string) => void) {
    this.#onText = onText;
    this.#onReasoning = onReasoning;
  }

  /** Adds a chunk of text. */
  push(chunk: string): void {
    if (this.#state === 'text') {
      this.#onText(chunk);
      return;
    }
    const text = this.#held + chunk;
    this.#held = '';
    if (this.#state === 'start') this.#begin(text);
    else if (this.#state === 'reasoning') this.#think(text);
    else this.#resume(text);
  }

  /** Passes all text through unchanged from now on, because the server sends reasoning separately. */
  disable(): void {
    if (this.#state === 'start') this.end();
  }

  /** Ends the text and emits what was held back: it was not a tag. */
  end(): void {
    const held = this.#blank + this.#held;
    const wasReasoning = this.#state === 'reasoning';
    this.#blank = '';
    this.#held = '';
    this.#state = 'text';
    if (held === '') return;
    if (wasReasoning) this.#onReasoning(held);
    else this.#onText(held);
  }

  #begin(text: string): void {
    const trimmed = text.trimStart();
    this.#blank += text.slice(0, text.length - trimmed.length);
    if (trimmed.startsWith(OPEN)) {
      this.#blank = '';
      this.#state = 'reasoning';
      this.#think(trimmed.slice(OPEN.length));
    } else if (OPEN.startsWith(trimmed)) {
      this.#held = trimmed;
    } else {
      const blank = this.#blank;
      this.#blank = '';
      this.#state = 'text';
      this.#onText(blank + trimmed);
    }
  }

  #think(text: string): void {
    const close = text.indexOf(CLOSE);
    const end = close === -1 ? text.length - heldLength(text) : close;
    if (end > 0) this.#onReasoning(text.slice(0, end));
    if (close === -1) {
      this.#held = text.slice(end);
    } else {
      this.#state = 'between';
      this.#resume(text.slice(close + CLOSE.length));
    }
  }

  /** Drops the blank lines between the reasoning and the text. */
  #resume(text: string): void {
    const trimmed = text.trimStart();
    if (trimmed === '') return;
    this.#state = 'text';
    this.#onText(trimmed);
  }
}

/** Returns the length of the text's end that may be the start of the closing tag. */
function heldLength(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(CLOSE.slice(0, length))) return length;
  }
  return 0;
}
