import { type Clock, ConfigurationError, CredentialError, type CrewError } from '@crew/core';

/** Shortest and longest delay after an error, in milliseconds. */
const SHORTEST = 1_000;
const LONGEST = 60_000;
/** Delay after a terminal error, in milliseconds. Even then there is a next attempt: secrets are repaired at run time. */
const TERMINAL = 300_000;
/** Longest delay that a source can ask for, in milliseconds. */
const LONGEST_RETRY_AFTER = 3_600_000;

/**
 * The delay after a failure to obtain a credential: decorrelated jitter from 1 to 60 seconds, 5 minutes after a terminal
 * error, and never less than the source asked for (up to an hour). It bounds the number of requests during an outage,
 * whatever the number of callers.
 */
export class Backoff {
  readonly #clock: Clock;
  #until = Number.NEGATIVE_INFINITY;
  #last = SHORTEST;
  #error: CrewError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True until the delay has passed. */
  get isActive(): boolean {
    return this.#clock.monotonic() < this.#until;
  }

  /** Starts the delay after a failure. */
  start(error: CrewError): void {
    this.#last = Math.min(LONGEST, SHORTEST + Math.random() * (this.#last * 3 - SHORTEST));
    const { terminal = false, retryAfter = 0 } = CredentialError.isInstance(error) ? error : {};
    const requested = Math.min(retryAfter * 1000, LONGEST_RETRY_AFTER);
    this.#until = this.#clock.monotonic() + Math.max(terminal ? TERMINAL : this.#last, requested);
    this.#error = error;
  }

  /** Ends the delay and forgets previous failures. */
  end(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.#last = SHORTEST;
    this.#error = undefined;
  }

  /** Returns a copy of the failure while the delay is active. */
  failure(): CrewError | undefined {
    const error = this.#error;
    if (error === undefined || !this.isActive) return undefined;
    const seconds = Math.ceil((this.#until - this.#clock.monotonic()) / 1000);
    return copyError(error, ` (The last attempt failed. The next one is possible in ${seconds} s.)`, seconds);
  }
}

/** Returns a copy of an error. Each caller gets its own, because callers may attach data to it. */
export function copyError(error: CrewError, note = '', retryAfter?: number): CrewError {
  const options = error.cause === undefined ? {} : { cause: error.cause };
  if (ConfigurationError.isInstance(error)) return new ConfigurationError(error.message + note, options);
  const { terminal, retryAfter: original } = CredentialError.isInstance(error) ? error : {};
  return new CredentialError(error.message + note, { ...options, terminal, retryAfter: retryAfter ?? original });
}
