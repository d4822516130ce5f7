import type { Clock, CrewEvent } from '@crew/core';
import type { ObtainedCredential } from './obtained.ts';

/** How a `RenewingCredential` gets its value, and what it reports to. */
export interface RenewingCredentialOptions<T> {
  /**
   * Obtains a new credential. `signal` aborts when the deadline passes or nobody wants the result any more; `refused` is
   * the value that the server refused, where that is why a new one is wanted. Throw a `CredentialError`: its `terminal`
   * and `retryAfter` are honoured. A `ConfigurationError` stays one; anything else is wrapped.
   */
  obtain(context: { readonly signal: AbortSignal; readonly refused: T | undefined }): Promise<ObtainedCredential<T>>;
  /** Milliseconds that one obtain may take. Default 30,000. */
  readonly deadline?: number | undefined;
  /** The authenticator's name, for errors and events. Default `credential`. */
  readonly name?: string | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Told of every obtain that no caller waited for: the early renewals in the background. Pass on `AuthHost.emit`. */
  readonly emit?: ((event: CrewEvent) => void) | undefined;
}
