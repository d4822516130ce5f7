import { ConnectionError } from '../errors/connection-errors.ts';
import { ProtocolError, type ResponseError } from '../errors/response-errors.ts';
import { isNestedTooDeep, TOO_DEEP } from '../json.ts';
import type { StreamPart } from '../llm/turn.ts';
import { excerpt } from '../messages/printable.ts';
import { decodeError, isErrorBody } from './decode-error.ts';
import { assembleTurn, firstChoice, TurnAssembler } from './decode-turn.ts';
import { EventStreamParser, TextBuffer } from './event-stream-parser.ts';
import { choiceFailure } from './finish-reason.ts';
import { asRecord, type JsonRecord } from './response-fields.ts';
import { type ResponseErrorContext, toResponseError } from './to-response-error.ts';

/** Options of a decoder: facts for the errors of a stream, and a limit. */
export interface StreamDecoderOptions extends Omit<ResponseErrorContext, 'partialText'> {
  /** Maximum length of an event, and of a response that is not a stream, in characters. Default 16 Mi. */
  readonly maxEventLength?: number | undefined;
}

const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** Length of the start of a stream that is stored for the error message, in characters. */
const START_LENGTH = 400;

/** The start of the first line of every event stream. */
const EVENT_STREAM = /^(?::|data|event|id|retry)/;

/** Decodes one streamed response from its bytes. The loop that reads them is `decodeEvents`. */
export class StreamDecoder {
  readonly #options: StreamDecoderOptions;
  readonly #limit: number;
  readonly #utf8 = new TextDecoder();
  readonly #events: EventStreamParser;
  readonly #turn = new TurnAssembler();
  #start = '';
  /** Number of characters in all decoded events. */
  decoded = 0;
  /** The text so far of a response that is a single JSON object. */
  #body: TextBuffer | undefined;
  /** The start of the last event, if it was not part of a turn. */
  #unknown: string | undefined;
  #hasDeltas = false;
  /** Number of messages in the place of deltas. */
  #messages = 0;
  #ended = false;
  #done = false;

  constructor(options: StreamDecoderOptions) {
    this.#options = options;
    this.#limit = options.maxEventLength ?? MAX_EVENT_LENGTH;
    this.#events = new EventStreamParser(this.#limit);
  }

  /** The decoded parts. The caller removes them. */
  get parts(): StreamPart[] {
    return this.#turn.parts;
  }

  /** The text so far, if there is any. */
  get partialText(): string | undefined {
    return this.#turn.text || undefined;
  }

  /** True if the server has sent `[DONE]`. */
  get isDone(): boolean {
    return this.#done;
  }

  /** True if the whole turn has arrived. */
  get isComplete(): boolean {
    return this.#done || this.#turn.hasFinishReason;
  }

  push(bytes: Uint8Array): void {
    this.#pushText(this.#utf8.decode(bytes, { stream: true }));
  }

  /** Ends the stream. An event without its blank line is decoded too. */
  end(): void {
    this.#pushText(this.#utf8.decode());
    this.#ended = true;
  }

  /** Decodes the next event into `parts`. Returns false if there is none. */
  decodeNext(): boolean {
    if (this.#done || this.#body !== undefined) return false;
    const data = this.#events.next();
    if (data !== undefined) {
      this.#decode(data);
      return true;
    }
    if (!this.#ended) return false;
    const rest = this.#events.takeRest();
    this.#ended = rest !== undefined && (this.#isError || !isTruncated(rest));
    if (rest === undefined || !this.#ended) return false;
    this.#decode(rest);
    return true;
  }

  /** Adds the end of the turn to `parts`. Throws if the turn is not complete. */
  finish(): void {
    if (this.#body !== undefined) {
      const generation = assembleTurn(this.#turn, this.#parse(this.#body.take()), this.#options);
      this.parts.push({ type: 'finish', generation });
      return;
    }
    if (!this.isComplete || this.#hasOnlyUnknownEvents) throw this.#incomplete();
    this.parts.push({ type: 'finish', generation: this.#turn.finish(problem => this.#unreadable(problem)) });
  }

  /** True if the current event has the name `error`. */
  get #isError(): boolean {
    return this.#events.name === 'error';
  }

  /** True if events have arrived, but no part of a turn. */
  get #hasOnlyUnknownEvents(): boolean {
    return this.#unknown !== undefined && this.#turn.isEmpty && !this.#turn.hasFinishReason;
  }

  #pushText(text: string): void {
    if (this.#body !== undefined) {
      this.#append(this.#body, text);
      return;
    }
    if (this.#start.length < START_LENGTH) {
      const isFirst = this.#start === '';
      // Blank lines before the first field have no meaning in either format.
      if (isFirst) text = text.trimStart();
      this.#start += text.slice(0, START_LENGTH);
      if (isFirst && (text.startsWith('{') || text.startsWith('['))) {
        this.#body = new TextBuffer();
        this.#append(this.#body, text);
        return;
      }
    }
    this.#events.push(text);
  }

  #append(body: TextBuffer, text: string): void {
    body.push(text);
    if (body.length > this.#limit) {
      throw new ProtocolError(`The model server's response is longer than ${this.#limit} characters.`);
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
    const delta = asRecord(choice['delta']);
    const message = asRecord(choice['message']);
    if (delta !== undefined) this.#turn.addMessage(delta, false);
    this.#hasDeltas ||= delta !== undefined;
    if (message !== undefined) this.#addMessage(message);
    this.#turn.notes.addChoice(choice);
    const failure = choiceFailure(choice, this.#context());
    if (failure !== undefined) throw failure;
    this.#turn.addFinishReason(choice['finish_reason']);
  }

  /** Adds a message, which is a fragment if the server sends no deltas. Otherwise it is whole, and repeats them. */
  #addMessage(message: JsonRecord): void {
    if (this.#hasDeltas) this.#turn.addRest(message);
    else if (this.#messages < 2 || !this.#turn.isRepeatedBy(message)) this.#turn.addMessage(message, false);
    this.#messages += 1;
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
    return this.#unreadable(`contains data that is not a JSON object. It starts with: ${excerpt(text)}`);
  }

  #unreadable(problem: string): ProtocolError {
    return new ProtocolError(`The model server's response ${problem}`, { partialText: this.partialText });
  }

  #incomplete(): ProtocolError | ConnectionError {
    if (this.#start !== '' && !EVENT_STREAM.test(this.#start)) {
      return this.#notAnEventStream();
    }
    if (this.#unknown !== undefined) {
      return this.#unreadable(`ended with an event that is not part of a turn: ${this.#unknown}`);
    }
    return new ConnectionError('The model server ended its response before the turn was complete.', {
      partialText: this.partialText,
    });
  }

  #notAnEventStream(): ProtocolError {
    const start = excerpt(this.#start);
    return new ProtocolError(`The model server's response is not an event stream. It starts with: ${start}`);
  }

  #context(): ResponseErrorContext {
    return {
      ...this.#options,
      requestId: this.#options.requestId ?? this.#turn.requestId,
      partialText: this.partialText,
    };
  }
}

/** Returns true if the event marks the end of the stream. */
function isDoneMark(data: string): boolean {
  return data.length < 20 && data.trim() === '[DONE]';
}

/** Returns true if the data of the last event is incomplete, and not only its blank line is missing. */
function isTruncated(data: string): boolean {
  return data !== '' && !isDoneMark(data) && jsonOrText(data) === data;
}

/** Returns the parsed JSON, or the text unchanged if it is not JSON. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
