import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { number, text } from './json-field.ts';

/** What a `TimeoutError` may be given. */
export interface TimeoutErrorOptions extends CrewErrorOptions {
  /** Which one: `connect`, `first-byte`, `idle`, `total`, `turn`, `tool`, `execution`, ... */
  readonly deadline?: string | undefined;
  /** How long it was. */
  readonly milliseconds?: number | undefined;
}

/** A deadline passed. */
export class TimeoutError extends CrewError {
  declare readonly name: 'TimeoutError';
  /** Which one: `connect`, `first-byte`, `idle`, `total`, `turn`, `tool`, `execution`, ... */
  readonly deadline: string | undefined;
  /** How long it was. */
  readonly milliseconds: number | undefined;

  constructor(message: string, options: TimeoutErrorOptions = {}) {
    super('TIMEOUT', message, options);
    this.deadline = options.deadline;
    this.milliseconds = options.milliseconds;
  }

  /** Whether the value is a `TimeoutError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is TimeoutError {
    return isMarked(value, 'TimeoutError');
  }

  static {
    markError(
      TimeoutError,
      'TimeoutError',
      (message, fields, options) =>
        new TimeoutError(message, {
          ...options,
          deadline: text(fields['deadline']),
          milliseconds: number(fields['milliseconds']),
        }),
    );
  }
}
