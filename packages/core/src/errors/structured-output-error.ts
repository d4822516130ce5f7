import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { number, text } from './json-field.ts';

/** What a `StructuredOutputError` may be given. */
export interface StructuredOutputErrorOptions extends CrewErrorOptions {
  /** How often the model was asked. */
  readonly attempts?: number | undefined;
  /** What was wrong with its last reply. */
  readonly problems?: string | undefined;
}

/** The model was asked for a value that fits a schema, and gave none however often it was told what was wrong. */
export class StructuredOutputError extends CrewError {
  declare readonly name: 'StructuredOutputError';
  /** How often the model was asked. */
  readonly attempts: number | undefined;
  /** What was wrong with its last reply. */
  readonly problems: string | undefined;

  constructor(message: string, options: StructuredOutputErrorOptions = {}) {
    super('STRUCTURED_OUTPUT', message, options);
    this.attempts = options.attempts;
    this.problems = options.problems;
  }

  /** Whether the value is a `StructuredOutputError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is StructuredOutputError {
    return isMarked(value, 'StructuredOutputError');
  }

  static {
    markError(
      StructuredOutputError,
      'StructuredOutputError',
      (message, fields, options) =>
        new StructuredOutputError(message, {
          ...options,
          attempts: number(fields['attempts']),
          problems: text(fields['problems']),
        }),
    );
  }
}
