import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/** The tool loop ended without an answer: the model went on calling tools when none were offered any more. */
export class ToolLoopError extends CrewError {
  declare readonly name: 'ToolLoopError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('TOOL_LOOP', message, options);
  }

  /** Whether the value is a `ToolLoopError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ToolLoopError {
    return isMarked(value, 'ToolLoopError');
  }

  static {
    markError(ToolLoopError, 'ToolLoopError', (message, _fields, options) => new ToolLoopError(message, options));
  }
}
