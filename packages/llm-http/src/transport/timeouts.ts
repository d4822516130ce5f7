import { abortReason, type Clock, type CrewError, TimeoutError } from '@crew/core';
import { checkNumberOptions } from '../option-checks.ts';

/**
 * How long is waited for what, in milliseconds. `Infinity` waits for ever. `firstByte` and `idle` measure the server:
 * when this process stood still (suspended, or busy), such a wait is prolonged once, by as long as its end was late and
 * at most by its limit.
 */
export interface Timeouts {
  /** Until a connection is made: name lookup, TCP, proxy and TLS. Default 10,000. */
  readonly connect?: number | undefined;
  /** From sending the request to the first byte of the answer. A model thinks in that time. Default 300,000. */
  readonly firstByte?: number | undefined;
  /** Between two pieces of the answer. Default 120,000. */
  readonly idle?: number | undefined;
  /** For one whole turn with its retries. Default 600,000. */
  readonly total?: number | undefined;
}

/** The same, complete. */
export type TimeoutSettings = { readonly [Name in keyof Timeouts]-?: number };

const DEFAULTS: TimeoutSettings = { connect: 10_000, firstByte: 300_000, idle: 120_000, total: 600_000 };

/** @throws {ConfigurationError} for a name that does not exist, or a value that is no positive number. */
export function checkTimeouts(timeouts: Timeouts | undefined): TimeoutSettings {
  return checkNumberOptions('timeouts', timeouts, DEFAULTS, (_name, value) =>
    value > 0 ? undefined : 'must be a positive number of milliseconds',
  );
}

/** A wait of the transport that has a limit. */
export type Wait = 'first-byte' | 'idle';

const OPTION: Readonly<Record<Wait, string>> = { 'first-byte': 'timeouts.firstByte', idle: 'timeouts.idle' };

/** An alarm that rings so many milliseconds late shows that this process stood still: suspended, or busy. */
const STOOD_STILL = 100;

/** Why an alarm is put off. Without a reason each abort would make an error with a stack, which is slow. */
const OFF = 'the alarm is off';

/**
 * The life of one turn, or of one fetch: its signal is aborted by the caller's, by the LLM's end, and by the first of
 * its deadlines that passes. All deadlines share one timer, which is seldom moved.
 */
export class Deadlines {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #server: string;
  readonly #parent: AbortSignal | undefined;
  readonly #onParentAbort: () => void;
  readonly #total: number;
  readonly #endsAt: number;
  #wait: { readonly for: Wait; readonly limit: number; since: number; isProlonged: boolean } | undefined;
  #alarm: AbortController | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(options: {
    readonly clock: Clock;
    /** Who is asked, for the errors. */
    readonly server: string;
    /** Milliseconds for everything together. */
    readonly total: number;
    /** Milliseconds of them that have passed already. Default 0. */
    readonly elapsed?: number | undefined;
    /** The shortest wait there will be, so that the timer need not be moved. */
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
      this.#arm(Math.min(total - elapsed, shortest));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds that are left of the total. */
  get remaining(): number {
    return this.#endsAt - this.#clock.monotonic();
  }

  /** Ends everything that belongs to it. */
  abort(reason: CrewError): void {
    this.#stop();
    this.#controller.abort(reason);
  }

  /** Begins a wait, in place of the one before. */
  startWait(kind: Wait, limit: number): void {
    const now = this.#clock.monotonic();
    this.#wait = { for: kind, limit, since: now, isProlonged: false };
    if (now + limit < this.#alarmAt) this.#arm(limit);
  }

  /** The wait begins anew: something came. */
  restartWait(): void {
    if (this.#wait === undefined) return;
    this.#wait.since = this.#clock.monotonic();
    this.#wait.isProlonged = false;
  }

  /** Nothing is waited for. */
  endWait(): void {
    this.#wait = undefined;
  }

  /** The promise's outcome, or the reason as soon as the scope is aborted. */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }

  /**
   * For work that keeps the event loop busy, during which no timer fires.
   *
   * @throws the reason when the scope is aborted, or its total has passed.
   */
  throwIfExpired(): void {
    if (!this.signal.aborted && this.remaining <= 0) this.abort(this.#tookTooLong());
    if (this.signal.aborted) throw this.signal.reason;
  }

  sleep(milliseconds: number): Promise<void> {
    return this.#clock.sleep(milliseconds, this.signal);
  }

  /** Removes timer and listener. */
  dispose(): void {
    this.#stop();
  }

  #stop(): void {
    this.#alarm?.abort(OFF);
    this.#alarm = undefined;
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#wait = undefined;
    this.#parent?.removeEventListener('abort', this.#onParentAbort);
  }

  #arm(milliseconds: number): void {
    this.#alarm?.abort(OFF);
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#alarmAt = this.#clock.monotonic() + milliseconds;
    this.#clock.sleep(milliseconds, alarm.signal).then(
      () => this.#ring(),
      () => undefined,
    );
  }

  #ring(): void {
    const now = this.#clock.monotonic();
    this.#prolongWait(now, now - this.#alarmAt);
    const waitEndsAt = this.#wait === undefined ? Number.POSITIVE_INFINITY : this.#wait.since + this.#wait.limit;
    if (this.#wait !== undefined && now >= waitEndsAt) this.abort(this.#waitedTooLong(this.#wait));
    else if (now >= this.#endsAt) this.abort(this.#tookTooLong());
    else this.#arm(Math.min(waitEndsAt, this.#endsAt) - now);
  }

  /** While this process stood still it read nothing: that is not the server's silence. Once for each wait. */
  #prolongWait(now: number, late: number): void {
    const wait = this.#wait;
    if (wait === undefined || wait.isProlonged || late < STOOD_STILL || now < wait.since + wait.limit) return;
    wait.isProlonged = true;
    wait.since = now - wait.limit + Math.min(late, wait.limit);
  }

  #waitedTooLong(wait: { readonly for: Wait; readonly limit: number }): TimeoutError {
    const what = wait.for === 'idle' ? 'stopped in the middle of its answer' : 'did not begin to answer';
    return new TimeoutError(
      `${this.#server} ${what}: nothing came for ${wait.limit} ms. If that is usual, raise ${OPTION[wait.for]}.`,
      { deadline: wait.for, milliseconds: wait.limit },
    );
  }

  #tookTooLong(): TimeoutError {
    return new TimeoutError(
      `The request to ${this.#server} took longer than ${this.#total} ms, retries included. Raise timeouts.total, or the ` +
        "turn's timeout.",
      { deadline: 'total', milliseconds: this.#total },
    );
  }
}
