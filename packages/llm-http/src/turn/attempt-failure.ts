import type { CrewError } from '@crew/core';
import type { Resend } from '../transport/transport-failure.ts';

/** Why an attempt failed, and what the retry policy may do about it. Never leaves the package. */
export class AttemptFailure extends Error {
  readonly error: CrewError;
  readonly resend: Resend;
  /** Milliseconds that the server, or a credential, asks to wait. */
  readonly asked: number | undefined;

  constructor(error: CrewError, resend: Resend, asked?: number) {
    super(error.message);
    this.error = error;
    this.resend = resend;
    this.asked = asked;
  }
}
