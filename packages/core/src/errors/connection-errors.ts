import {
  booleanField,
  CrewError,
  type CrewErrorOptions,
  isMarked,
  markError,
  numberField,
  stringField,
} from './crew-error.ts';

/** Constructor options of `ConnectionError`. */
export interface ConnectionErrorOptions extends CrewErrorOptions {
  /** Text streamed before the connection was lost. */
  readonly partialText?: string | undefined;
}

/** The connection could not be established, or was lost. */
export class ConnectionError extends CrewError {
  declare readonly name: 'ConnectionError';
  /** Text streamed before the connection was lost. */
  readonly partialText: string | undefined;

  constructor(message: string, options: ConnectionErrorOptions = {}) {
    super('CONNECTION', message, options);
    this.partialText = options.partialText;
  }

  /** Returns true if the value is a `ConnectionError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is ConnectionError {
    return isMarked(value, 'ConnectionError');
  }

  static {
    markError(
      ConnectionError,
      'ConnectionError',
      (message, fields, options) =>
        new ConnectionError(message, { ...options, partialText: stringField(fields, 'partialText') }),
    );
  }
}

/** Constructor options of `CredentialError`. */
export interface CredentialErrorOptions extends CrewErrorOptions {
  /** True if a retry cannot succeed, for example after a wrong client secret. */
  readonly terminal?: boolean | undefined;
  /** Seconds to wait before the next attempt, if the source of the credential named them. */
  readonly retryAfter?: number | undefined;
}

/**
 * A credential could not be *obtained*: the file is unreadable, the key cannot sign, the token server refused or is
 * unavailable. If the endpoint refuses a credential, the error is an `AuthenticationError`.
 */
export class CredentialError extends CrewError {
  declare readonly name: 'CredentialError';
  /** True if a retry cannot succeed, for example after a wrong client secret. */
  readonly terminal: boolean | undefined;
  /** Seconds to wait before the next attempt, if the source of the credential named them. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: CredentialErrorOptions = {}) {
    super('CREDENTIAL', message, options);
    this.terminal = options.terminal;
    this.retryAfter = options.retryAfter;
  }

  /** Returns true if the value is a `CredentialError`, even one created by another copy of this package. */
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
          terminal: booleanField(fields, 'terminal'),
          retryAfter: numberField(fields, 'retryAfter'),
        }),
    );
  }
}
