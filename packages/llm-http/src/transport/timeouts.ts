import { abortReason, type Clock, type CrewError, TimeoutError } from '@crew/core';
import { checkNumberOptions } from '../option-checks.ts';

/**
 * Time limits in milliseconds. `Infinity` disables a limit. `firstByte` and `idle` measure the server: if this process was
 * suspended or busy, such a limit is extended once, by the time that the process was late, and at most by the limit itself.
 */
export interface Timeouts {
  /** Time limit for connecting: name lookup, TCP, proxy and TLS. Default 10,000. */
  readonly connect?: number | undefined;
  /** Time limit from the request to the first byte of the response, during which the model may think. Default 300,000. */
  readonly firstByte?: number | undefined;
  /** Time limit between two chunks of the response. Default 120,000. */
  readonly idle?: number | undefined;
  /** Time limit of a whole turn, including its retries. Default 600,000. */
  readonly total?: number | undefined;
}

/** The validated options, with defaults. */
export type TimeoutSettings = { readonly [Name in keyof Timeouts]-?: number };

const DEFAULTS: TimeoutSettings = { connect: 10_000, firstByte: 300_000, idle: 120_000, total: 600_000 };

/**
 * Validates the `timeouts` option and adds defaults.
 *
 * @throws {ConfigurationError} if an option is unknown or not a positive number.
 */
export function checkTimeouts(timeouts: Timeouts | undefined): TimeoutSettings {
  return checkNumberOptions('timeouts', timeouts, DEFAULTS, (_name, value) =>
    value > 0 ? undefined : 'must be a positive number of milliseconds',
  );
}

/** A wait for the server that has a time limit. */
export type Wait = 'first-byte' | 'idle';

const OPTION: Readonly<Record<Wait, string>> = { 'first-byte': 'timeouts.firstByte', idle: 'timeouts.idle' };

/** Delay of a timer from which this process counts as suspended or busy, in milliseconds. */
const LATE = 100;

/** A shared abort reason of timers: an abort without a reason creates an error with a stack, which is slow. */
const TIMER_CLEARED = 'the timer was cleared';

/**
 * The deadlines of one turn, or of one fetch. The signal aborts when the signal of the caller aborts, when the LLM is closed,
 * or when the first deadline passes. All deadlines share one timer, which is rarely moved.
 */
export class Deadlines {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #server: string;
  readonly #parent: AbortSignal | undefined;
  readonly #onParentAbort: () => void;
  readonly #total: number;
  readonly #endsAt: number;
  #wait: { readonly for: Wait; readonly limit: number; since: number; isExtended: boolean } | undefined;
  #timer: AbortController | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(options: {
    readonly clock: Clock;
    /** Origin and path of the URL, for errors. */
    readonly server: string;
    /** Total time limit, in milliseconds. */
    readonly total: number;
    /** Part of the total that has already passed, in milliseconds. Default 0. */
    readonly elapsed?: number | undefined;
    /** The shortest wait that will occur, so that the timer need not be moved. */
    readonly shortest: number;
    readonly parent?: AbortSignal | undefined;
  }) {
    const { clock, server, total, elapsed = 0, shortest, parent } = options;
    this.#clock = clock;
    this.#server = server;
    this.#parent = parent;
    this.#total = total;
    this.#endsAt = clock.monotonic() + total - elapsed;
    this.#onParentAbort = () => {
      if (parent) this.abort(abortReason(parent, `The request to ${server}`));
    };
    if (parent?.aborted) this.#onParentAbort();
    else {
      parent?.addEventListener('abort', this.#onParentAbort, { once: true });
      this.#setTimer(Math.min(total - elapsed, shortest));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Remaining part of the total, in milliseconds. */
  get remaining(): number {
    return this.#endsAt - this.#clock.monotonic();
  }

  /** Aborts the signal. */
  abort(reason: CrewError): void {
    this.#clear();
    this.#controller.abort(reason);
  }

  /** Starts a wait. It replaces the previous one. */
  startWait(kind: Wait, limit: number): void {
    const now = this.#clock.monotonic();
    this.#wait = { for: kind, limit, since: now, isExtended: false };
    if (now + limit < this.#timerAt) this.#setTimer(limit);
  }

  /** Restarts the current wait, because data has arrived. */
  restartWait(): void {
    if (this.#wait === undefined) return;
    this.#wait.since = this.#clock.monotonic();
    this.#wait.isExtended = false;
  }

  /** Ends the current wait. */
  endWait(): void {
    this.#wait = undefined;
  }

  /** Settles like the promise, or rejects with the abort reason as soon as the signal aborts. */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  /**
   * Checks the total time limit. Call it in work that keeps the event loop busy, during which no timer fires.
   *
   * @throws the abort reason, if the signal is aborted or the total has passed.
   */
  throwIfExpired(): void {
    if (!this.signal.aborted && this.remaining <= 0) this.abort(this.#totalTimeout());
    if (this.signal.aborted) throw this.signal.reason;
  }

  /** Waits until the time has passed or the signal aborts. */
  sleep(milliseconds: number): Promise<void> {
    return this.#clock.sleep(milliseconds, this.signal);
  }

  /** Clears the timer and removes the listener. */
  dispose(): void {
    this.#clear();
  }

  #clear(): void {
    this.#timer?.abort(TIMER_CLEARED);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#wait = undefined;
    this.#parent?.removeEventListener('abort', this.#onParentAbort);
  }

  #setTimer(milliseconds: number): void {
    this.#timer?.abort(TIMER_CLEARED);
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const timer = new AbortController();
    this.#timer = timer;
    this.#timerAt = this.#clock.monotonic() + milliseconds;
    this.#clock.sleep(milliseconds, timer.signal).then(
      () => this.#expire(),
      () => undefined,
    );
  }

  #expire(): void {
    const now = this.#clock.monotonic();
    this.#extendWait(now, now - this.#timerAt);
    const waitEndsAt = this.#wait === undefined ? Number.POSITIVE_INFINITY : this.#wait.since + this.#wait.limit;
    if (this.#wait !== undefined && now >= waitEndsAt) this.abort(this.#waitTimeout(this.#wait));
    else if (now >= this.#endsAt) this.abort(this.#totalTimeout());
    else this.#setTimer(Math.min(waitEndsAt, this.#endsAt) - now);
  }

  /** Extends the current wait, once, by the time in which this process was suspended and could not read. */
  #extendWait(now: number, late: number): void {
    const wait = this.#wait;
    if (wait === undefined || wait.isExtended || late < LATE || now < wait.since + wait.limit) return;
    wait.isExtended = true;
    wait.since = now - wait.limit + Math.min(late, wait.limit);
  }

  #waitTimeout(wait: { readonly for: Wait; readonly limit: number }): TimeoutError {
    const problem = wait.for === 'idle' ? 'stopped in the middle of its response' : 'did not respond';
    return new TimeoutError(
      `${this.#server} ${problem}: no data arrived for ${wait.limit} ms. If that is normal, raise ${OPTION[wait.for]}.`,
      { deadline: wait.for, milliseconds: wait.limit },
    );
  }

  #totalTimeout(): TimeoutError {
    return new TimeoutError(
      `The request to ${this.#server} took longer than ${this.#total} ms, retries included. Raise timeouts.total, or the ` +
        "turn's timeout.",
      { deadline: 'total', milliseconds: this.#total },
    );
  }
}
