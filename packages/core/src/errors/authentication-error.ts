import { isMarked, markError } from './crew-error.ts';
import { ResponseError, type ResponseErrorOptions, responseFields } from './response-error.ts';

/** The server refused the credential, also a renewed one. */
export class AuthenticationError extends ResponseError {
  declare readonly name: 'AuthenticationError';

  constructor(message: string, options: ResponseErrorOptions = {}) {
    super(message, options, 'AUTHENTICATION');
  }

  /** Whether the value is of this class, from whichever copy of this package. */
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
