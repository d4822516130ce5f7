import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/** The model answered with neither text nor a tool call. */
export class EmptyReplyError extends CrewError {
  declare readonly name: 'EmptyReplyError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('EMPTY_REPLY', message, options);
  }

  /** Whether the value is an `EmptyReplyError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is EmptyReplyError {
    return isMarked(value, 'EmptyReplyError');
  }

  static {
    markError(EmptyReplyError, 'EmptyReplyError', (message, _fields, options) => new EmptyReplyError(message, options));
  }
}
