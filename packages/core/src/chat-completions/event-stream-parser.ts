import { ProtocolError } from '../errors/response-errors.ts';

/**
 * An incremental parser of `text/event-stream` (WHATWG HTML, section 9.2.6), which returns the data and name of each event.
 * Lines end with LF, CR or CRLF, even if split between two chunks. Comments and other fields are ignored. An event is
 * complete when its blank line has arrived.
 *
 * Some servers separate events by a single line end. Two data lines of which the first is a JSON object, and the second
 * begins another one or is `[DONE]`, could not be parsed together, so they are two events. From then on, a data line that
 * is a JSON object is an event by itself.
 */
export class EventStreamParser {
  readonly #limit: number;
  /** The current chunk, and the index of its next line. */
  #chunk = '';
  #position = 0;
  /** Index of the next CR in the current chunk, or Infinity. Most streams have none, so it is searched for only once per chunk. */
  #nextReturn = Number.POSITIVE_INFINITY;
  /** Index of the next LF, likewise: a stream whose lines end with CR would be searched to the end of the chunk for each line. */
  #nextFeed = Number.POSITIVE_INFINITY;
  /** The start of a line whose end has not arrived. */
  readonly #pending = new TextBuffer();
  /** The data of the current event. */
  readonly #data = new TextBuffer();
  #hasData = false;
  #isOneLine = false;
  /** True if the stream has been found to separate events by a single line end. */
  #hasLineEvents = false;
  #name = '';
  /** The name that follows the data: of the same event, or of the next one if there is no blank line. */
  #nextName: string | undefined;
  /** Name of the last event; empty if it has none. */
  name = '';
  #afterReturn = false;

  /** `limit` is the maximum length of a line or event, in characters. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a chunk of the stream. All events of the previous chunk must have been taken. */
  push(chunk: string): void {
    // Skips the LF of a CRLF whose CR ended the previous chunk.
    const start = this.#afterReturn && chunk.startsWith('\n') ? 1 : 0;
    if (chunk !== '') this.#afterReturn = false;
    this.#chunk = chunk;
    this.#position = start;
    this.#nextReturn = findFrom(chunk, '\r', start);
    this.#nextFeed = findFrom(chunk, '\n', start);
  }

  /** Returns the data of the next event, or `undefined` if more of the stream is needed. */
  next(): string | undefined {
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if (line === '') {
        const data = this.#takeData();
        if (data !== undefined) return data;
      } else {
        const data = this.#field(line);
        if (data !== undefined) return data;
      }
    }
    return undefined;
  }

  /** Returns the data of the next event without a blank line, at the end of the stream. */
  takeRest(): string | undefined {
    if (this.#pending.length > 0) {
      const data = this.#field(this.#pending.take());
      if (data !== undefined) return data;
    }
    return this.#takeData();
  }

  #takeData(): string | undefined {
    const data = this.#hasData ? this.#data.take() : undefined;
    this.name = this.#nextName ?? this.#name;
    this.#hasData = false;
    this.#name = '';
    this.#nextName = undefined;
    return data;
  }

  #line(): string | undefined {
    const end = Math.min(this.#nextFeed, this.#nextReturn);
    if (end === Number.POSITIVE_INFINITY) {
      this.#pending.push(this.#chunk.slice(this.#position));
      this.#position = this.#chunk.length;
      this.#check(this.#pending.length);
      return undefined;
    }
    const rest = this.#chunk.slice(this.#position, end);
    const line = this.#pending.length === 0 ? rest : this.#pending.take() + rest;
    this.#position = end + 1;
    if (end === this.#nextReturn) {
      if (this.#chunk[end + 1] === '\n') this.#position++;
      else if (end + 1 === this.#chunk.length) this.#afterReturn = true;
      this.#nextReturn = findFrom(this.#chunk, '\r', this.#position);
    }
    if (this.#nextFeed < this.#position) this.#nextFeed = findFrom(this.#chunk, '\n', this.#position);
    return line;
  }

  /** Adds a line. Returns the data of an event that is complete without a blank line. */
  #field(line: string): string | undefined {
    const data = fieldValue(line, 'data');
    if (data === undefined) {
      const name = fieldValue(line, 'event');
      if (this.#hasData) this.#nextName = name ?? this.#nextName;
      else this.#name = name ?? this.#name;
      return undefined;
    }
    const previous = this.#isOneLine && this.#hasData && startsEvent(data) ? this.#takeEventBefore() : undefined;
    this.#isOneLine = !this.#hasData;
    if (this.#hasData) this.#data.push('\n');
    this.#hasData = true;
    this.#data.push(data);
    this.#check(this.#data.length);
    if (previous !== undefined || !this.#hasLineEvents || !this.#isOneLine) return previous;
    return startsEvent(data) && isWholeEvent(data) ? this.#takeData() : undefined;
  }

  /** Takes the single line of data so far, if it is an event by itself. */
  #takeEventBefore(): string | undefined {
    const line = this.#data.take();
    if (!isWholeEvent(line)) {
      this.#data.push(line);
      return undefined;
    }
    const nextName = this.#nextName ?? '';
    this.#nextName = undefined;
    this.#takeData();
    this.#name = nextName;
    this.#hasLineEvents = true;
    return line;
  }

  #check(length: number): void {
    if (length > this.#limit) {
      throw new ProtocolError(`An event of the stream is longer than ${this.#limit} characters.`);
    }
  }
}

/** Returns the value of the field, or `undefined` if the line contains another field. */
function fieldValue(line: string, field: string): string | undefined {
  if (!line.startsWith(field)) return undefined;
  const colon = field.length;
  if (line.length === colon) return '';
  if (line[colon] !== ':') return undefined;
  return line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
}

/** Returns true if the line begins an object, or is the mark of the end. */
function startsEvent(line: string): boolean {
  const start = line.trimStart();
  return start.startsWith('{') || start.startsWith('[DONE]');
}

/** Returns true if the line is a JSON object, or the mark of the end. */
function isWholeEvent(line: string): boolean {
  if (line.trim() === '[DONE]') return true;
  if (!line.trimStart().startsWith('{') || !line.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function findFrom(chunk: string, character: string, from: number): number {
  const found = chunk.indexOf(character, from);
  return found === -1 ? Number.POSITIVE_INFINITY : found;
}

/** Number of chunks that are stored separately before they are joined. */
const CHUNKS_PER_BLOCK = 1024;

/**
 * A string that grows at its end. Small chunks are joined into flat blocks: a text that arrives one character at a time
 * needs about as much memory as one that arrives whole.
 */
export class TextBuffer {
  /** Number of characters so far. */
  length = 0;
  #blocks: string[] = [];
  #chunks: string[] = [];

  /** Appends a chunk. */
  push(chunk: string): void {
    if (chunk === '') return;
    this.length += chunk.length;
    this.#chunks.push(chunk);
    if (this.#chunks.length < CHUNKS_PER_BLOCK) return;
    this.#blocks.push(this.#chunks.join(''));
    this.#chunks = [];
    // Blocks are joined like the chunks before them, so that their number stays small however long the text is.
    if (this.#blocks.length >= CHUNKS_PER_BLOCK) this.#blocks = [this.#blocks.join('')];
  }

  /** Returns the whole text and empties the buffer. */
  take(): string {
    const [only = '', ...others] = this.#chunks;
    const text =
      this.#blocks.length === 0 && others.length === 0 ? only : this.#blocks.join('') + this.#chunks.join('');
    this.#blocks = [];
    this.#chunks = [];
    this.length = 0;
    return text;
  }
}
