import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/** An option is invalid, or Crew is used incorrectly. A retry cannot succeed. */
export class ConfigurationError extends CrewError {
  declare readonly name: 'ConfigurationError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('CONFIGURATION', message, options);
  }

  /** Returns true if the value is a `ConfigurationError`, even one created by another copy of this package. */
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
