import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { text } from './json-field.ts';

/** What a `GuardrailError` may be given. */
export interface GuardrailErrorOptions extends CrewErrorOptions {
  /** What the guardrail said last. */
  readonly feedback?: string | undefined;
}

/** A guardrail refused a task's output too often. */
export class GuardrailError extends CrewError {
  declare readonly name: 'GuardrailError';
  /** What the guardrail said last. */
  readonly feedback: string | undefined;

  constructor(message: string, options: GuardrailErrorOptions = {}) {
    super('GUARDRAIL', message, options);
    this.feedback = options.feedback;
  }

  /** Whether the value is a `GuardrailError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is GuardrailError {
    return isMarked(value, 'GuardrailError');
  }

  static {
    markError(
      GuardrailError,
      'GuardrailError',
      (message, fields, options) => new GuardrailError(message, { ...options, feedback: text(fields['feedback']) }),
    );
  }
}
