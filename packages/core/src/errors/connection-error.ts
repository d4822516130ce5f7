import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { text } from './json-field.ts';

/** What a `ConnectionError` may be given. */
export interface ConnectionErrorOptions extends CrewErrorOptions {
  /** The text that had been streamed before the connection was lost. */
  readonly partialText?: string | undefined;
}

/** The connection could not be made, or was lost. */
export class ConnectionError extends CrewError {
  declare readonly name: 'ConnectionError';
  /** The text that had been streamed before the connection was lost. */
  readonly partialText: string | undefined;

  constructor(message: string, options: ConnectionErrorOptions = {}) {
    super('CONNECTION', message, options);
    this.partialText = options.partialText;
  }

  /** Whether the value is a `ConnectionError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ConnectionError {
    return isMarked(value, 'ConnectionError');
  }

  static {
    markError(
      ConnectionError,
      'ConnectionError',
      (message, fields, options) =>
        new ConnectionError(message, { ...options, partialText: text(fields['partialText']) }),
    );
  }
}
