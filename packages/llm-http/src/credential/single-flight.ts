import {
  AbortError,
  abortReason,
  type Clock,
  CredentialError,
  type CrewError,
  type CrewEvent,
  emit,
  TimeoutError,
} from '@crew/core';
import { copyError } from './backoff.ts';

type Emit = (event: CrewEvent) => void;

interface Waiter<T> {
  readonly emit: Emit | undefined;
  resolve(value: T): void;
  reject(error: CrewError): void;
}

/**
 * A single operation that obtains a credential for all callers that wait for it. The operation has its own deadline. A caller
 * that aborts ends its own wait only.
 */
export class SingleFlight<T> {
  readonly #name: string;
  readonly #deadline: number;
  readonly #controller = new AbortController();
  readonly #timer = new AbortController();
  readonly #waiters = new Set<Waiter<T>>();
  readonly #onAbandoned: (() => void) | undefined;
  #isOver = false;
  #isLate = false;

  constructor(options: {
    readonly name: string;
    readonly clock: Clock;
    readonly deadline: number;
    /** Called with the error when the deadline has passed. */
    readonly onTimeout: (error: CredentialError) => void;
    /** Called when the last waiting caller has left. Absent for a renewal in the background, for which no caller waits. */
    readonly onAbandoned?: (() => void) | undefined;
  }) {
    const { name, clock, deadline, onTimeout } = options;
    this.#name = name;
    this.#deadline = deadline;
    this.#onAbandoned = options.onAbandoned;
    clock.sleep(deadline, this.#timer.signal).then(
      () => {
        this.#isLate = true;
        this.#controller.abort(deadlineError(deadline));
        // A source that stops at once can still report the reason of the delay.
        setImmediate(() => onTimeout(this.timeoutError(undefined)));
      },
      () => undefined,
    );
  }

  /** True once the deadline has passed. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Returns the error of an exceeded deadline, with the reason that the source itself reported, if any. */
  timeoutError(thrown: unknown): CredentialError {
    const isReason = CredentialError.isInstance(thrown) && thrown.cause === undefined;
    const hint = isReason ? thrown.message : 'Check that its source responds, or raise the deadline.';
    return new CredentialError(
      `${this.#name}: the credential could not be obtained within ${this.#deadline} ms. ${hint}`,
      { cause: deadlineError(this.#deadline) },
    );
  }

  /** Aborted when the operation has ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True if the operation has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits for the value until the caller's signal aborts. */
  join(signal: AbortSignal, emit: Emit | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(abortReason(signal, `Waiting for ${this.#name}`));
        if (this.#waiters.size === 0) this.#onAbandoned?.();
      };
      const removeListener = (): void => signal.removeEventListener('abort', onAbort);
      const waiter: Waiter<T> = {
        emit,
        resolve: value => {
          removeListener();
          resolve(value);
        },
        reject: error => {
          removeListener();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Ends the operation with a value and reports the event. */
  succeed(value: T, event: CrewEvent, background: Emit | undefined): void {
    this.#end(event, background);
    for (const waiter of this.#waiters) waiter.resolve(value);
  }

  /** Ends the operation with an error, of which each caller gets a copy, and reports the event. */
  fail(error: CrewError, event: CrewEvent, background: Emit | undefined): void {
    this.#end(event, background);
    for (const waiter of this.#waiters) waiter.reject(copyError(error));
  }

  /** Ends the operation with an `AbortError` for all callers. */
  cancel(message: string): void {
    this.#isOver = true;
    this.#timer.abort();
    this.#controller.abort(new AbortError(message));
    for (const waiter of this.#waiters) waiter.reject(new AbortError(message));
  }

  #end(event: CrewEvent, background: Emit | undefined): void {
    this.#isOver = true;
    this.#timer.abort();
    this.#controller.abort(new AbortError(`Obtaining ${this.#name} is over.`));
    // The event goes to the callers that waited, or to the LLM if there were none.
    const listeners = [...this.#waiters].flatMap(waiter => waiter.emit ?? []);
    // Not called directly, so that an exception of a listener does not reach the callers.
    emit(listeners.length === 0 && background !== undefined ? [background] : listeners, event);
  }
}

function deadlineError(milliseconds: number): TimeoutError {
  return new TimeoutError('Obtaining took too long.', { deadline: 'obtain', milliseconds });
}
