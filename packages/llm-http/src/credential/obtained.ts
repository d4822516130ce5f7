/** A credential as a mechanism obtained it. */
export interface ObtainedCredential<T> {
  /** The credential itself: a token, a signed assertion, a set of cookies. Never `undefined`. */
  readonly value: T;
  /** When it stops being accepted, in milliseconds since the epoch. `undefined`: only a refusal ends it. */
  readonly expiresAt: number | undefined;
  /**
   * From when on it should be renewed, in milliseconds since the epoch, where the server says so. A moment that is not
   * in the future is ignored. Default: a tenth of its life before the end, at least 30 seconds and at most 5 minutes,
   * never more than half its life.
   */
  readonly renewAfter?: number | undefined;
}
