import { ConnectionError } from '../errors/connection-errors.ts';
import { ProtocolError, type ResponseError } from '../errors/response-errors.ts';
import { isNestedTooDeep, TOO_DEEP } from '../json.ts';
import type { StreamPart } from '../llm/turn.ts';
import { excerpt } from '../messages/printable.ts';
import { decodeError, isErrorBody } from './decode-error.ts';
import { assembleTurn, firstChoice } from './decode-turn.ts';
import { isCut, isDoneMark, jsonOrText } from './event-data.ts';
import { EventStreamParser } from './event-stream-parser.ts';
import { asRecord, type JsonRecord } from './json-record.ts';
import { TextBuffer } from './text-buffer.ts';
import { type ResponseErrorContext, toResponseError } from './to-response-error.ts';
import { TurnAssembler } from './turn-assembler.ts';

/** What a stream's errors say, and how much it may hold at once. */
export interface StreamDecoderOptions extends Omit<ResponseErrorContext, 'partialText'> {
  /** The longest event, and the longest answer that is no stream, in characters. Default 16 Mi. */
  readonly maxEventLength?: number | undefined;
}

const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** How much of a stream's start is kept for the error that says what it was instead. */
const START_LENGTH = 400;

/** What every event stream's first line begins with. */
const EVENT_STREAM = /^(?::|data|event|id|retry)/;

/** Decodes one streamed answer, fed with its bytes. The loop that reads them is `decodeEvents`. */
export class StreamDecoder {
  readonly #options: StreamDecoderOptions;
  readonly #limit: number;
  readonly #utf8 = new TextDecoder();
  readonly #events: EventStreamParser;
  readonly #turn = new TurnAssembler();
  #start = '';
  /** Characters of all events that were decoded. */
  decoded = 0;
  /** An answer that is one JSON object, as far as it has come. */
  #body: TextBuffer | undefined;
  /** The beginning of the last event, if it was none of a turn. */
  #unknown: string | undefined;
  #ended = false;
  #done = false;

  constructor(options: StreamDecoderOptions) {
    this.#options = options;
    this.#limit = options.maxEventLength ?? MAX_EVENT_LENGTH;
    this.#events = new EventStreamParser(this.#limit);
  }

  /** What was decoded. The reader takes it out. */
  get parts(): StreamPart[] {
    return this.#turn.parts;
  }

  /** The text so far, if there is any. */
  get partialText(): string | undefined {
    return this.#turn.text || undefined;
  }

  /** Whether the server said that nothing more comes. */
  get isDone(): boolean {
    return this.#done;
  }

  /** Whether the whole turn has come. */
  get isComplete(): boolean {
    return this.#done || this.#turn.hasFinishReason;
  }

  push(bytes: Uint8Array): void {
    this.#pushText(this.#utf8.decode(bytes, { stream: true }));
  }

  /** The stream ended: an event without its blank line counts. */
  end(): void {
    this.#pushText(this.#utf8.decode());
    this.#ended = true;
  }

  /** Decodes the next event into `parts`; `false` when there is none. */
  decodeNext(): boolean {
    if (this.#done || this.#body !== undefined) return false;
    const data = this.#events.next();
    if (data !== undefined) {
      this.#decode(data);
      return true;
    }
    if (!this.#ended) return false;
    this.#ended = false;
    const rest = this.#events.takeRest();
    if (rest === undefined || (isCut(rest) && !this.#isError)) return false;
    this.#decode(rest);
    return true;
  }

  /** The end of the turn into `parts`. Throws when it is not complete. */
  finish(): void {
    if (this.#body !== undefined) {
      const generation = assembleTurn(this.#turn, this.#parse(this.#body.take()), this.#options);
      this.parts.push({ type: 'finish', generation });
      return;
    }
    if (!this.isComplete || this.#saidNothingKnown) throw this.#incomplete();
    this.parts.push({ type: 'finish', generation: this.#turn.finish(what => this.#unreadable(what)) });
  }

  /** Whether the event that is being read is named an error. */
  get #isError(): boolean {
    return this.#events.name === 'error';
  }

  /** Whether the server said something, but nothing of a turn. */
  get #saidNothingKnown(): boolean {
    return this.#unknown !== undefined && this.#turn.isEmpty && !this.#turn.hasFinishReason;
  }

  #pushText(text: string): void {
    if (this.#body !== undefined) {
      this.#keep(text);
      return;
    }
    if (this.#start.length < START_LENGTH) {
      const isFirst = this.#start === '';
      // Blank lines before the first field mean nothing in either format.
      if (isFirst) text = text.trimStart();
      this.#start += text.slice(0, START_LENGTH);
      if (isFirst && (text.startsWith('{') || text.startsWith('['))) {
        this.#body = new TextBuffer();
        this.#keep(text);
        return;
      }
    }
    this.#events.push(text);
  }

  #keep(text: string): void {
    this.#body?.push(text);
    if ((this.#body?.length ?? 0) > this.#limit) {
      throw new ProtocolError(`The model server's answer is longer than ${this.#limit} characters.`);
    }
  }

  #decode(data: string): void {
    this.decoded += data.length;
    if (this.#isError) throw this.#serverError(data);
    // Some servers send empty events to keep the connection alive.
    if (data === '') return;
    if (isDoneMark(data)) {
      this.#done = true;
      return;
    }
    const chunk = this.#parse(data);
    const record = asRecord(chunk);
    if (record === undefined) throw this.#notAnObject(data);
    if (isErrorBody(record)) throw toResponseError(decodeError(record), this.#context());
    this.#unknown = 'choices' in record || 'usage' in record ? undefined : excerpt(data);
    this.#turn.addEnvelope(record);
    const choice = firstChoice(record);
    if (choice !== undefined) this.#addChoice(choice);
  }

  #serverError(data: string): ResponseError {
    const error = decodeError(jsonOrText(data));
    return toResponseError({ ...error, message: error.message || data }, this.#context());
  }

  #addChoice(choice: JsonRecord): void {
    const delta = asRecord(choice['delta']) ?? asRecord(choice['message']);
    if (delta !== undefined) this.#turn.addMessage(delta, false);
    this.#turn.addFinishReason(choice['finish_reason']);
  }

  #parse(json: string): unknown {
    if (isNestedTooDeep(json)) throw this.#unreadable(`cannot be read: ${TOO_DEEP}.`);
    try {
      return JSON.parse(json);
    } catch {
      throw this.#notAnObject(json);
    }
  }

  #notAnObject(text: string): ProtocolError {
    return this.#unreadable(`holds what is no JSON object. That begins: ${excerpt(text)}`);
  }

  #unreadable(what: string): ProtocolError {
    return new ProtocolError(`The model server's answer ${what}`, { partialText: this.partialText });
  }

  #incomplete(): ProtocolError | ConnectionError {
    if (this.#start !== '' && !EVENT_STREAM.test(this.#start)) {
      return new ProtocolError(`The model server's answer is no event stream. It begins: ${excerpt(this.#start)}`);
    }
    if (this.#unknown !== undefined) return this.#unreadable(`ended with what is no part of a turn: ${this.#unknown}`);
    return new ConnectionError('The model server ended its answer before the turn was complete.', {
      partialText: this.partialText,
    });
  }

  #context(): ResponseErrorContext {
    return {
      ...this.#options,
      requestId: this.#options.requestId ?? this.#turn.requestId,
      partialText: this.partialText,
    };
  }
}
