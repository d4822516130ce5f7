import { ProtocolError } from '../errors/response-errors.ts';
import { TextBuffer } from './text-buffer.ts';

/**
 * An incremental parser of `text/event-stream` (WHATWG HTML, section 9.2.6), which gives each event's data and name. Lines end with
 * LF, CR or CRLF, also split between two pieces; comments and the other fields are passed over. An event counts when its
 * blank line has come.
 */
export class EventStreamParser {
  readonly #limit: number;
  /** The current piece, and where its next line begins. */
  #piece = '';
  #position = 0;
  /** Where the piece's next CR is, or infinity: most streams have none, and it is looked for once. */
  #nextReturn = Number.POSITIVE_INFINITY;
  /** The same of its next LF: a stream whose lines end with CR has none, and would be searched to its end for each line. */
  #nextFeed = Number.POSITIVE_INFINITY;
  /** The beginning of a line whose end has not come. */
  readonly #pending = new TextBuffer();
  /** The data of the event that is being read, and whether it has any. */
  readonly #data = new TextBuffer();
  #hasData = false;
  #name = '';
  /** The name of the event that was given last; empty when it had none. */
  name = '';
  #afterReturn = false;

  /** `limit`: the longest line or event, in characters. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The next piece of the stream. Take all events of the one before first. */
  push(piece: string): void {
    // The LF of a CRLF whose CR ended the last piece.
    const start = this.#afterReturn && piece.startsWith('\n') ? 1 : 0;
    if (piece !== '') this.#afterReturn = false;
    this.#piece = piece;
    this.#position = start;
    this.#nextReturn = findFrom(piece, '\r', start);
    this.#nextFeed = findFrom(piece, '\n', start);
  }

  /** The next event's data, or `undefined` when more of the stream is needed. */
  next(): string | undefined {
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if (line === '') {
        const data = this.#takeData();
        if (data !== undefined) return data;
      } else {
        this.#field(line);
      }
    }
    return undefined;
  }

  /** The data of an event whose blank line never came, at the stream's end. */
  takeRest(): string | undefined {
    if (this.#pending.length > 0) this.#field(this.#pending.take());
    return this.#takeData();
  }

  #takeData(): string | undefined {
    const data = this.#hasData ? this.#data.take() : undefined;
    this.name = this.#name;
    this.#hasData = false;
    this.#name = '';
    return data;
  }

  #line(): string | undefined {
    const end = Math.min(this.#nextFeed, this.#nextReturn);
    if (end === Number.POSITIVE_INFINITY) {
      this.#pending.push(this.#piece.slice(this.#position));
      this.#position = this.#piece.length;
      this.#check(this.#pending.length);
      return undefined;
    }
    const rest = this.#piece.slice(this.#position, end);
    const line = this.#pending.length === 0 ? rest : this.#pending.take() + rest;
    this.#position = end + 1;
    if (end === this.#nextReturn) {
      if (this.#piece[end + 1] === '\n') this.#position++;
      else if (end + 1 === this.#piece.length) this.#afterReturn = true;
      this.#nextReturn = findFrom(this.#piece, '\r', this.#position);
    }
    if (this.#nextFeed < this.#position) this.#nextFeed = findFrom(this.#piece, '\n', this.#position);
    return line;
  }

  #field(line: string): void {
    const data = fieldValue(line, 'data');
    if (data === undefined) {
      this.#name = fieldValue(line, 'event') ?? this.#name;
      return;
    }
    if (this.#hasData) this.#data.push('\n');
    this.#hasData = true;
    this.#data.push(data);
    this.#check(this.#data.length);
  }

  #check(length: number): void {
    if (length > this.#limit) {
      throw new ProtocolError(`An event of the stream is longer than ${this.#limit} characters.`);
    }
  }
}

/** What the line says of the field; `undefined` when it is another one's. */
function fieldValue(line: string, field: string): string | undefined {
  if (!line.startsWith(field)) return undefined;
  const colon = field.length;
  if (line.length === colon) return '';
  if (line[colon] !== ':') return undefined;
  return line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
}

function findFrom(piece: string, character: string, from: number): number {
  const found = piece.indexOf(character, from);
  return found === -1 ? Number.POSITIVE_INFINITY : found;
}
