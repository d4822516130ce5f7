import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/** An option or a piece of code that uses Crew is wrong. Repeating the call cannot help. */
export class ConfigurationError extends CrewError {
  declare readonly name: 'ConfigurationError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('CONFIGURATION', message, options);
  }

  /** Whether the value is a `ConfigurationError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ConfigurationError {
    return isMarked(value, 'ConfigurationError');
  }

  static {
    markError(
      ConfigurationError,
      'ConfigurationError',
      (message, _fields, options) => new ConfigurationError(message, options),
    );
  }
}
