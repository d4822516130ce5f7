import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/** The arguments that the model wrote for a tool are not JSON or do not fit the schema. The loop tells the model; only a direct `tool.run` throws it. */
export class ToolInputError extends CrewError {
  declare readonly name: 'ToolInputError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('TOOL_INPUT', message, options);
  }

  /** Whether the value is a `ToolInputError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ToolInputError {
    return isMarked(value, 'ToolInputError');
  }

  static {
    markError(ToolInputError, 'ToolInputError', (message, _fields, options) => new ToolInputError(message, options));
  }
}
