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

/** One obtain under way and those who wait for it. It ends by its own deadline; a waiter that leaves ends its own wait. */
export class SingleFlight<T> {
  readonly #name: string;
  readonly #deadline: number;
  readonly #controller = new AbortController();
  readonly #timer = new AbortController();
  readonly #waiters = new Set<Waiter<T>>();
  readonly #abandoned: (() => void) | undefined;
  #isOver = false;
  #isLate = false;

  constructor(options: {
    readonly name: string;
    readonly clock: Clock;
    readonly deadline: number;
    /** Called with the error when the deadline passes. */
    readonly expired: (error: CredentialError) => void;
    /** Called when the last waiter has left. Absent for a renewal in the background, which nobody needs to wait for. */
    readonly abandoned?: (() => void) | undefined;
  }) {
    const { name, clock, deadline, expired } = options;
    this.#name = name;
    this.#deadline = deadline;
    this.#abandoned = options.abandoned;
    clock.sleep(deadline, this.#timer.signal).then(
      () => {
        this.#isLate = true;
        this.#controller.abort(tooLong(deadline));
        // What stops at once may still say what it was waiting for.
        setImmediate(() => expired(this.lateError(undefined)));
      },
      () => undefined,
    );
  }

  /** True when the deadline has passed. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** The error of an obtain that its deadline ended, with the reason that the obtain itself gave for it, if any. */
  lateError(thrown: unknown): CredentialError {
    const isReason = CredentialError.isInstance(thrown) && thrown.cause === undefined;
    const hint = isReason ? thrown.message : 'Check that its source answers, or raise the deadline.';
    return new CredentialError(
      `${this.#name}: the credential could not be obtained within ${this.#deadline} ms. ${hint}`,
      { cause: tooLong(this.#deadline) },
    );
  }

  /** Aborted when the flight ends. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits for the value, until the caller's signal aborts. */
  join(signal: AbortSignal, emit: Emit | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        reject(abortReason(signal, `Waiting for ${this.#name}`));
        if (this.#waiters.size === 0) this.#abandoned?.();
      };
      const stay = (): void => signal.removeEventListener('abort', leave);
      const waiter: Waiter<T> = {
        emit,
        resolve: value => {
          stay();
          resolve(value);
        },
        reject: error => {
          stay();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  succeed(value: T, event: CrewEvent, background: Emit | undefined): void {
    this.#end(event, background);
    for (const waiter of this.#waiters) waiter.resolve(value);
  }

  fail(error: CrewError, event: CrewEvent, background: Emit | undefined): void {
    this.#end(event, background);
    for (const waiter of this.#waiters) waiter.reject(copyError(error));
  }

  /** Ends it without a result. Whoever waits is told why. */
  cancel(why: string): void {
    this.#isOver = true;
    this.#timer.abort();
    this.#controller.abort(new AbortError(why));
    for (const waiter of this.#waiters) waiter.reject(new AbortError(why));
  }

  #end(event: CrewEvent, background: Emit | undefined): void {
    this.#isOver = true;
    this.#timer.abort();
    this.#controller.abort(new AbortError(`Obtaining ${this.#name} is over.`));
    // Callers that waited report it as their own; what nobody waited for goes to the LLM.
    const listening = [...this.#waiters].flatMap(waiter => waiter.emit ?? []);
    // Not called directly: what a listener throws is not the waiters' business.
    emit(listening.length === 0 && background !== undefined ? [background] : listening, event);
  }
}

function tooLong(milliseconds: number): TimeoutError {
  return new TimeoutError('Obtaining took too long.', { deadline: 'obtain', milliseconds });
}
