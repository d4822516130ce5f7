import type { JsonObject } from '../json.ts';
import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { number, text } from './json-field.ts';

/** What a `ResponseError` may be given. */
export interface ResponseErrorOptions extends CrewErrorOptions {
  /** The HTTP status (RFC 9110, section 15). */
  readonly status?: number | undefined;
  /** The server's id of the request. */
  readonly requestId?: string | undefined;
  /** What the server said, scrubbed of credentials and shortened. */
  readonly serverMessage?: string | undefined;
  /** The server's own code or type of the error, such as `insufficient_quota`. */
  readonly serverCode?: string | undefined;
  /** The text that had been streamed before an error event. */
  readonly partialText?: string | undefined;
}

/** The server answered with an error. Its subclasses are the ones worth telling apart. */
export class ResponseError extends CrewError {
  /** The HTTP status (RFC 9110, section 15). Also of an error event in a stream, where that carries one. */
  readonly status: number | undefined;
  /** The server's id of the request, for its support. */
  readonly requestId: string | undefined;
  /** What the server said, scrubbed of credentials and shortened. */
  readonly serverMessage: string | undefined;
  /** The server's own code or type of the error, such as `insufficient_quota`. */
  readonly serverCode: string | undefined;
  /** The text that had been streamed before an error event. */
  readonly partialText: string | undefined;

  constructor(message: string, options: ResponseErrorOptions = {}, code = 'RESPONSE') {
    super(code, message, options);
    this.status = options.status;
    this.requestId = options.requestId;
    this.serverMessage = options.serverMessage;
    this.serverCode = options.serverCode;
    this.partialText = options.partialText;
  }

  /** Whether the value is a `ResponseError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ResponseError {
    return isMarked(value, 'ResponseError');
  }

  static {
    markError(
      ResponseError,
      'ResponseError',
      (message, fields, options) => new ResponseError(message, responseFields(fields, options)),
    );
  }
}

/** The options of a `ResponseError` out of its JSON. */
export function responseFields(fields: JsonObject, options: CrewErrorOptions): ResponseErrorOptions {
  return {
    ...options,
    status: number(fields['status']),
    requestId: text(fields['requestId']),
    serverMessage: text(fields['serverMessage']),
    serverCode: text(fields['serverCode']),
    partialText: text(fields['partialText']),
  };
}
