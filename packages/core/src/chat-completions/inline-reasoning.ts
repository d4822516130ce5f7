/** The tags with which models mark their reasoning, without the slash of the closing tag. */
const OPENING_TAGS = ['<think>', '<thinking>', '<thought>', '<seed:think>', '[THINK]'];
const CLOSING_TAGS = OPENING_TAGS.map(tag => `${tag.slice(0, 1)}/${tag.slice(1)}`);
const MAX_TAG_LENGTH = Math.max(...CLOSING_TAGS.map(tag => tag.length));

/** Matches an opening tag. */
const OPENING = /<(?:think|thinking|thought|seed:think)>|\[THINK\]/g;

/** The consumer of separated text and reasoning. */
export interface SeparatedText {
  /** Called with the next piece of the text. */
  onText(text: string): void;
  /** Called with the next piece of the reasoning. */
  onReasoning(text: string): void;
  /** Called when all text so far turns out to be reasoning, and `rest`, which follows it. */
  onTextWasReasoning(rest: string): void;
}

/**
 * Separates reasoning that a server left in the text. Everything up to the last closing tag is reasoning, even without an
 * opening tag, because chat templates write that tag into the prompt. After an opening tag at the start of the text, or
 * behind a closing tag, the reasoning is recognised before its end. A closing tag between two quotes or backticks is part
 * of the text. Text that may be the start of a tag is held back until the next chunk decides.
 */
export class InlineReasoning {
  #state: 'start' | 'reasoning' | 'between' | 'text' | 'disabled' = 'start';
  /** Blank text at the very start. It is part of the text unless a tag follows. */
  #blank = '';
  #held = '';
  /** The last character before the held text. */
  #before = '';
  readonly #output: SeparatedText;

  constructor(output: SeparatedText) {
    this.#output = output;
  }

  /** Adds a chunk of text. */
  push(chunk: string): void {
    if (this.#state === 'disabled') {
      this.#output.onText(chunk);
      return;
    }
    const text = this.#held + chunk;
    this.#held = '';
    this.#separate(text, false);
  }

  /** Passes all text through unchanged from now on, because the server sends reasoning separately. */
  disable(): void {
    if (this.#state !== 'start' && this.#state !== 'text') return;
    this.end();
    this.#state = 'disabled';
  }

  /** Ends the text and emits what was held back. */
  end(): void {
    const held = this.#blank + this.#held;
    this.#blank = '';
    this.#held = '';
    if (held === '') return;
    if (this.#state !== 'reasoning') this.#state = 'text';
    this.#separate(held, true);
  }

  #separate(text: string, isLast: boolean): void {
    for (let at = 0; at < text.length; ) {
      if (this.#state === 'start' || this.#state === 'between') at = this.#begin(text, at);
      else at = this.#scan(text, at, isLast);
    }
  }

  /**
   * Looks for an opening tag before the first character that is not blank. Blanks behind a closing tag are dropped. Returns
   * the index of the text to scan.
   */
  #begin(text: string, from: number): number {
    let at = from;
    while (at < text.length && text.charAt(at).trim() === '') at += 1;
    if (this.#state === 'start') this.#blank += text.slice(from, at);
    const tag = OPENING_TAGS.find(opening => text.startsWith(opening, at));
    if (tag !== undefined) {
      this.#blank = '';
      this.#state = 'reasoning';
      return at + tag.length;
    }
    const rest = text.slice(at, at + MAX_TAG_LENGTH);
    if (OPENING_TAGS.some(opening => opening.startsWith(rest))) {
      this.#held = rest;
      return text.length;
    }
    this.#state = 'text';
    if (this.#blank !== '') this.#output.onText(this.#blank);
    this.#blank = '';
    return at;
  }

  /** Emits the text up to the next closing tag, or up to what may be the start of one. Returns the index behind it. */
  #scan(text: string, from: number, isLast: boolean): number {
    const tag = this.#findClosingTag(text, from, isLast);
    if (tag !== undefined) {
      const reasoning = text.slice(from, tag.start);
      if (this.#state === 'text') this.#output.onTextWasReasoning(reasoning);
      else if (reasoning !== '') this.#output.onReasoning(reasoning);
      this.#state = 'between';
      this.#before = '';
      return tag.end;
    }
    const end = isLast ? text.length : this.#undecidedStart(text, from);
    const decided = text.slice(from, end);
    this.#held = text.slice(end);
    if (decided !== '') {
      this.#before = decided.charAt(decided.length - 1);
      if (this.#state === 'reasoning') this.#output.onReasoning(decided);
      else this.#output.onText(decided);
    }
    return text.length;
  }

  #findClosingTag(
    text: string,
    from: number,
    isLast: boolean,
  ): { readonly start: number; readonly end: number } | undefined {
    // The slash is the second character of every closing tag.
    for (let slash = text.indexOf('/', from + 1); slash !== -1; slash = text.indexOf('/', slash + 1)) {
      const start = slash - 1;
      const tag = CLOSING_TAGS.find(closing => text.startsWith(closing, start));
      if (tag === undefined) continue;
      const end = start + tag.length;
      const before = start === from ? this.#before : text.charAt(start - 1);
      const isQuoted = isQuote(before) && (text.charAt(end) === before || (end === text.length && !isLast));
      if (!isQuoted) return { start, end };
    }
    return undefined;
  }

  /** Returns the index of the text's end that may be the start of a closing tag, or a tag whose next character decides. */
  #undecidedStart(text: string, from: number): number {
    const start = Math.max(text.lastIndexOf('<'), text.lastIndexOf('['), from);
    const end = text.slice(start);
    if (end.length > MAX_TAG_LENGTH || !CLOSING_TAGS.some(tag => tag.startsWith(end))) return text.length;
    // A whole tag is here only if the quote before it makes its meaning depend on the next character.
    return start;
  }
}

/** Returns the text of a complete reply without its reasoning, and the reasoning, if there is any. */
export function separateReasoning(reply: string): { readonly text: string; readonly reasoning: string | undefined } {
  let text = '';
  let reasoning = '';
  const inline = new InlineReasoning({
    onText: piece => {
      text += piece;
    },
    onReasoning: piece => {
      reasoning += piece;
    },
    onTextWasReasoning: rest => {
      reasoning += removeOpeningTags(text + rest);
      text = '';
    },
  });
  inline.push(reply);
  inline.end();
  return { text, reasoning: reasoning === '' ? undefined : reasoning };
}

/** Removes the opening tags from text that turned out to be reasoning. */
export function removeOpeningTags(text: string): string {
  return text.replace(OPENING, '');
}

function isQuote(character: string): boolean {
  return character === '`' || character === '"' || character === "'";
}
