import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/** The caller cancelled the work. The `cause` is the reason given to the `AbortController`, where that was an error. */
export class AbortError extends CrewError {
  declare readonly name: 'AbortError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('ABORTED', message, options);
  }

  /** Whether the value is an `AbortError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is AbortError {
    return isMarked(value, 'AbortError');
  }

  static {
    markError(AbortError, 'AbortError', (message, _fields, options) => new AbortError(message, options));
  }
}
