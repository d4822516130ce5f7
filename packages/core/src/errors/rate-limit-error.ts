import { isMarked, markError } from './crew-error.ts';
import { number } from './json-field.ts';
import { ResponseError, type ResponseErrorOptions, responseFields } from './response-error.ts';

/** What a `RateLimitError` may be given. */
export interface RateLimitErrorOptions extends ResponseErrorOptions {
  /** Seconds the server asked to wait. */
  readonly retryAfter?: number | undefined;
}

/** The server refuses for now: too many requests, or the quota is used up (then `serverCode` says so). */
export class RateLimitError extends ResponseError {
  declare readonly name: 'RateLimitError';
  /** Seconds the server asked to wait, where it said so (RFC 9110, section 10.2.3). */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: RateLimitErrorOptions = {}) {
    super(message, options, 'RATE_LIMIT');
    this.retryAfter = options.retryAfter;
  }

  /** Whether the value is a `RateLimitError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is RateLimitError {
    return isMarked(value, 'RateLimitError');
  }

  static {
    markError(
      RateLimitError,
      'RateLimitError',
      (message, fields, options) =>
        new RateLimitError(message, { ...responseFields(fields, options), retryAfter: number(fields['retryAfter']) }),
    );
  }
}
