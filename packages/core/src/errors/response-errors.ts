import type { JsonObject } from '../json.ts';
import { CrewError, type CrewErrorOptions, isMarked, markError, numberField, stringField } from './crew-error.ts';

/** Constructor options of `ResponseError`. */
export interface ResponseErrorOptions extends CrewErrorOptions {
  /** The HTTP status (RFC 9110, section 15). */
  readonly status?: number | undefined;
  /** The server's ID of the request, to quote in a support case. */
  readonly requestId?: string | undefined;
  /** The server's error message, shortened and with credentials removed. */
  readonly serverMessage?: string | undefined;
  /** The server's code or type of the error, such as `insufficient_quota`. */
  readonly serverCode?: string | undefined;
  /** The request's field that the error is about, such as `stop`. */
  readonly serverParam?: string | undefined;
  /** Text streamed before the error event, or the text of the model that the server could not use. */
  readonly partialText?: string | undefined;
}

/** The server responded with an error. Subclasses exist for the errors that programs handle differently. */
export class ResponseError extends CrewError {
  /** The HTTP status (RFC 9110, section 15), or the status that an error event in a stream contains. */
  readonly status: number | undefined;
  /** The server's ID of the request, to quote in a support case. */
  readonly requestId: string | undefined;
  /** The server's error message, shortened and with credentials removed. */
  readonly serverMessage: string | undefined;
  /** The server's code or type of the error, such as `insufficient_quota`. */
  readonly serverCode: string | undefined;
  /** The request's field that the error is about, such as `stop`. */
  readonly serverParam: string | undefined;
  /** Text streamed before the error event, or the text of the model that the server could not use. */
  readonly partialText: string | undefined;

  constructor(message: string, options: ResponseErrorOptions = {}, code = 'RESPONSE') {
    super(code, message, options);
    this.status = options.status;
    this.requestId = options.requestId;
    this.serverMessage = options.serverMessage;
    this.serverCode = options.serverCode;
    this.serverParam = options.serverParam;
    this.partialText = options.partialText;
  }

  /** Returns true if the value is a `ResponseError`, even one created by another copy of this package. */
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

/** Returns the constructor options of a `ResponseError` from its JSON. */
export function responseFields(fields: JsonObject, options: CrewErrorOptions): ResponseErrorOptions {
  return {
    ...options,
    status: numberField(fields, 'status'),
    requestId: stringField(fields, 'requestId'),
    serverMessage: stringField(fields, 'serverMessage'),
    serverCode: stringField(fields, 'serverCode'),
    serverParam: stringField(fields, 'serverParam'),
    partialText: stringField(fields, 'partialText'),
  };
}

/** The server refused the credential, and its renewed replacement where it could be renewed. */
export class AuthenticationError extends ResponseError {
  declare readonly name: 'AuthenticationError';

  constructor(message: string, options: ResponseErrorOptions = {}) {
    super(message, options, 'AUTHENTICATION');
  }

  /** Returns true if the value is an `AuthenticationError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is AuthenticationError {
    return isMarked(value, 'AuthenticationError');
  }

  static {
    markError(
      AuthenticationError,
      'AuthenticationError',
      (message, fields, options) => new AuthenticationError(message, responseFields(fields, options)),
    );
  }
}

/** Constructor options of `RateLimitError`. */
export interface RateLimitErrorOptions extends ResponseErrorOptions {
  /** Seconds to wait before the next request, as requested by the server. */
  readonly retryAfter?: number | undefined;
}

/**
 * The server refuses requests for now: too many arrived, or the quota is used up (then `serverCode` names that).
 *
 * @example
 * ```ts
 * import { type BaseLLM, RateLimitError } from '@crew/core';
 *
 * export async function ask(llm: BaseLLM): Promise<string | undefined> {
 *   try {
 *     return (await llm.generate('Say hello.')).text;
 *   } catch (error) {
 *     if (!RateLimitError.isInstance(error)) throw error;
 *     console.error(`Rate limited. Try again in ${error.retryAfter ?? 60} seconds.`);
 *     return undefined;
 *   }
 * }
 * ```
 */
export class RateLimitError extends ResponseError {
  declare readonly name: 'RateLimitError';
  /** Seconds to wait before the next request, if the server named them (RFC 9110, section 10.2.3). */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: RateLimitErrorOptions = {}) {
    super(message, options, 'RATE_LIMIT');
    this.retryAfter = options.retryAfter;
  }

  /** Returns true if the value is a `RateLimitError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is RateLimitError {
    return isMarked(value, 'RateLimitError');
  }

  static {
    markError(
      RateLimitError,
      'RateLimitError',
      (message, fields, options) =>
        new RateLimitError(message, {
          ...responseFields(fields, options),
          retryAfter: numberField(fields, 'retryAfter'),
        }),
    );
  }
}

/**
 * The conversation does not fit into the model's context window. Reported by the server, or predicted by Crew's token
 * estimate (then `status` is undefined).
 */
export class ContextWindowExceededError extends ResponseError {
  declare readonly name: 'ContextWindowExceededError';

  constructor(message: string, options: ResponseErrorOptions = {}) {
    super(message, options, 'CONTEXT_WINDOW_EXCEEDED');
  }

  /** Returns true if the value is a `ContextWindowExceededError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is ContextWindowExceededError {
    return isMarked(value, 'ContextWindowExceededError');
  }

  static {
    markError(
      ContextWindowExceededError,
      'ContextWindowExceededError',
      (message, fields, options) => new ContextWindowExceededError(message, responseFields(fields, options)),
    );
  }
}

/** Constructor options of `ProtocolError`. */
export interface ProtocolErrorOptions extends CrewErrorOptions {
  /** Text streamed before the violation. */
  readonly partialText?: string | undefined;
}

/** The response violates the protocol, for example with malformed JSON or a truncated stream. */
export class ProtocolError extends CrewError {
  declare readonly name: 'ProtocolError';
  /** Text streamed before the violation. */
  readonly partialText: string | undefined;

  constructor(message: string, options: ProtocolErrorOptions = {}) {
    super('PROTOCOL', message, options);
    this.partialText = options.partialText;
  }

  /** Returns true if the value is a `ProtocolError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is ProtocolError {
    return isMarked(value, 'ProtocolError');
  }

  static {
    markError(
      ProtocolError,
      'ProtocolError',
      (message, fields, options) =>
        new ProtocolError(message, { ...options, partialText: stringField(fields, 'partialText') }),
    );
  }
}
