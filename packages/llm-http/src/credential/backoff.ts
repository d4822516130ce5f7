import { type Clock, ConfigurationError, CredentialError, type CrewError } from '@crew/core';

const SHORTEST = 1_000;
const LONGEST = 60_000;
/** After an error that trying again cannot help. It is tried again all the same: secrets are repaired at run time. */
const TERMINAL = 300_000;
const LONGEST_ASKED = 3_600_000;

/**
 * The rest that a source of credentials gets after a failure: decorrelated jitter from 1 to 60 seconds, 5 minutes after
 * a terminal error, and never less than the source asked for (up to an hour). In an outage any number of callers make
 * only as many requests as this lets through.
 */
export class Backoff {
  readonly #clock: Clock;
  #until = Number.NEGATIVE_INFINITY;
  #last = SHORTEST;
  #error: CrewError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isActive(): boolean {
    return this.#clock.monotonic() < this.#until;
  }

  start(error: CrewError): void {
    this.#last = Math.min(LONGEST, SHORTEST + Math.random() * (this.#last * 3 - SHORTEST));
    const { terminal = false, retryAfter = 0 } = CredentialError.isInstance(error) ? error : {};
    const asked = Math.min(retryAfter * 1000, LONGEST_ASKED);
    this.#until = this.#clock.monotonic() + Math.max(terminal ? TERMINAL : this.#last, asked);
    this.#error = error;
  }

  end(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.#last = SHORTEST;
    this.#error = undefined;
  }

  /** The failure again, for a caller that comes too early. */
  failure(): CrewError | undefined {
    const error = this.#error;
    if (error === undefined || !this.isActive) return undefined;
    const seconds = Math.ceil((this.#until - this.#clock.monotonic()) / 1000);
    return copyError(error, ` (It failed a moment ago and is not tried again for another ${seconds} s.)`, seconds);
  }
}

/** The same error as an object of its own: whoever catches it may attach data. */
export function copyError(error: CrewError, note = '', retryAfter?: number): CrewError {
  const options = error.cause === undefined ? {} : { cause: error.cause };
  if (ConfigurationError.isInstance(error)) return new ConfigurationError(error.message + note, options);
  const { terminal, retryAfter: asked } = CredentialError.isInstance(error) ? error : {};
  return new CredentialError(error.message + note, { ...options, terminal, retryAfter: retryAfter ?? asked });
}
