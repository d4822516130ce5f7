import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { text } from './json-field.ts';

/** What a `ProtocolError` may be given. */
export interface ProtocolErrorOptions extends CrewErrorOptions {
  /** The text that had been streamed before the fault. */
  readonly partialText?: string | undefined;
}

/** The server's answer was not what the protocol promises. */
export class ProtocolError extends CrewError {
  declare readonly name: 'ProtocolError';
  /** The text that had been streamed before the fault. */
  readonly partialText: string | undefined;

  constructor(message: string, options: ProtocolErrorOptions = {}) {
    super('PROTOCOL', message, options);
    this.partialText = options.partialText;
  }

  /** Whether the value is a `ProtocolError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ProtocolError {
    return isMarked(value, 'ProtocolError');
  }

  static {
    markError(
      ProtocolError,
      'ProtocolError',
      (message, fields, options) =>
        new ProtocolError(message, { ...options, partialText: text(fields['partialText']) }),
    );
  }
}
