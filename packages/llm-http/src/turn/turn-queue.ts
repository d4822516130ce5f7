import { AbortError, abortReason, type Clock, type CrewError, TimeoutError } from '@crew/core';

/** Maximum number of turns that are started in one turn of the event loop, so that many calls do not block it. */
const MAX_STARTS_PER_LOOP = 64;

/** Maximum number of active turns over HTTP/1.1: four per connection, because some are waiting, for example for a retry. */
const MAX_ACTIVE = 1_024;
/** Maximum number of active turns over HTTP/2, which has 100 streams per connection. */
const MAX_ACTIVE_HTTP2 = 25_600;

/** A queued turn. */
interface Waiter {
  readonly since: number;
  readonly start: (waited: number) => void;
  readonly fail: (error: CrewError) => void;
  isRemoved: boolean;
}

/**
 * A queue that starts the turns of one LLM in order. It limits the number of active turns, and the number of turns started in
 * one turn of the event loop. A queued turn has neither a body nor a credential yet, so it needs little memory and nothing
 * expires.
 */
export class TurnQueue {
  readonly #clock: Clock;
  readonly #server: string;
  readonly #total: number;
  readonly #maxActive: number;
  /** The queued turns in order, from index `#next`. Those before it have been started. */
  #waiters: (Waiter | undefined)[] = [];
  #next = 0;
  #waiting = 0;
  #active = 0;
  #startedInLoop = 0;
  #timer: AbortController | undefined;

  constructor(options: {
    readonly clock: Clock;
    /** Origin and path of the endpoint, for errors. */
    readonly server: string;
    /** Time limit of a turn, in milliseconds, all of which it may spend in the queue. */
    readonly total: number;
    readonly allowH2: boolean;
  }) {
    this.#clock = options.clock;
    this.#server = options.server;
    this.#total = options.total;
    this.#maxActive = options.allowH2 ? MAX_ACTIVE_HTTP2 : MAX_ACTIVE;
  }

  /**
   * Requests the start of a turn. Returns 0 if it may start at once, otherwise a promise for the milliseconds that it has
   * waited. Call `leave` when the turn has ended.
   *
   * @throws {TimeoutError} if the turn has spent its time limit in the queue.
   * @throws {AbortError} if the signal aborts first, or the LLM is closed.
   */
  enter(signal: AbortSignal): 0 | Promise<number> {
    if (this.#waiting > 0 || !this.#canStart) return this.#wait(signal);
    this.#countStart();
    return 0;
  }

  /** Reports that a turn has ended. */
  leave(): void {
    this.#active -= 1;
    this.#startWaiting();
  }

  /** Rejects all queued turns. */
  close(): void {
    for (const waiter of this.#waiters.slice(this.#next)) {
      if (waiter !== undefined && !waiter.isRemoved) waiter.fail(new AbortError('The LLM was closed.'));
    }
  }

  get #canStart(): boolean {
    return this.#active < this.#maxActive && this.#startedInLoop < MAX_STARTS_PER_LOOP;
  }

  #countStart(): void {
    this.#active += 1;
    this.#startedInLoop += 1;
    if (this.#startedInLoop > 1) return;
    setImmediate(() => {
      this.#startedInLoop = 0;
      this.#startWaiting();
    });
  }

  #wait(signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const remove = (): void => {
        waiter.isRemoved = true;
        this.#waiting -= 1;
        signal.removeEventListener('abort', onAbort);
        if (this.#waiting === 0) this.#clear();
      };
      const waiter: Waiter = {
        since: this.#clock.monotonic(),
        isRemoved: false,
        start: waited => {
          remove();
          resolve(waited);
        },
        fail: error => {
          remove();
          reject(error);
        },
      };
      const onAbort = (): void => waiter.fail(abortReason(signal, `The request to ${this.#server}`));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#waiting += 1;
      if (this.#timer === undefined) this.#setTimer(this.#total);
    });
  }

  #startWaiting(): void {
    while (this.#waiting > 0 && this.#canStart) {
      const waiter = this.#waiters[this.#next];
      this.#waiters[this.#next] = undefined;
      this.#next += 1;
      this.#compact();
      if (waiter === undefined || waiter.isRemoved) continue;
      this.#countStart();
      waiter.start(this.#clock.monotonic() - waiter.since);
    }
  }

  /** Removes started turns from the list. This is done rarely, so that the cost per turn does not depend on their number. */
  #compact(): void {
    if (this.#next < 1_024 || this.#next * 2 < this.#waiters.length) return;
    this.#waiters = this.#waiters.slice(this.#next);
    this.#next = 0;
  }

  #clear(): void {
    this.#waiters = [];
    this.#next = 0;
    this.#timer?.abort();
    this.#timer = undefined;
  }

  /** Sets the timer for the first turn in the queue. All turns have the same limit, so it expires first. */
  #setTimer(milliseconds: number): void {
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(milliseconds, timer.signal).then(
      () => this.#expire(),
      () => undefined,
    );
  }

  #expire(): void {
    const now = this.#clock.monotonic();
    while (this.#waiting > 0) {
      const waiter = this.#waiters[this.#next];
      const left = waiter === undefined || waiter.isRemoved ? 0 : waiter.since + this.#total - now;
      if (left > 0) {
        this.#setTimer(left);
        return;
      }
      this.#next += 1;
      if (waiter !== undefined && !waiter.isRemoved) waiter.fail(this.#timeoutError());
    }
  }

  #timeoutError(): TimeoutError {
    return new TimeoutError(
      `The request to ${this.#server} was not started within ${this.#total} ms, because ${this.#maxActive} others were ` +
        'active. Make fewer concurrent calls, and read each stream to its end or close it. Or raise timeouts.total.',
      { deadline: 'total', milliseconds: this.#total },
    );
  }
}
