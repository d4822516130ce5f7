import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { boolean, number } from './json-field.ts';

/** What a `CredentialError` may be given. */
export interface CredentialErrorOptions extends CrewErrorOptions {
  /** True when trying again cannot help (a wrong client secret, say). */
  readonly terminal?: boolean | undefined;
  /** Seconds until the source may be asked again, where it said so. */
  readonly retryAfter?: number | undefined;
}

/** A credential could not be *obtained*: the file is unreadable, the key does not sign, the token server refused or is away. See also `AuthenticationError`. */
export class CredentialError extends CrewError {
  declare readonly name: 'CredentialError';
  /** True when trying again cannot help (a wrong client secret, say). */
  readonly terminal: boolean | undefined;
  /** Seconds until the source may be asked again, where it said so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: CredentialErrorOptions = {}) {
    super('CREDENTIAL', message, options);
    this.terminal = options.terminal;
    this.retryAfter = options.retryAfter;
  }

  /** Whether the value is a `CredentialError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is CredentialError {
    return isMarked(value, 'CredentialError');
  }

  static {
    markError(
      CredentialError,
      'CredentialError',
      (message, fields, options) =>
        new CredentialError(message, {
          ...options,
          terminal: boolean(fields['terminal']),
          retryAfter: number(fields['retryAfter']),
        }),
    );
  }
}
