import { isMarked, markError } from './crew-error.ts';
import { ResponseError, type ResponseErrorOptions, responseFields } from './response-error.ts';

/** The conversation is longer than the model can read. From the server, or from Crew's own estimate (then without a status). */
export class ContextWindowExceededError extends ResponseError {
  declare readonly name: 'ContextWindowExceededError';

  constructor(message: string, options: ResponseErrorOptions = {}) {
    super(message, options, 'CONTEXT_WINDOW_EXCEEDED');
  }

  /** Whether the value is of this class, from whichever copy of this package. */
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
