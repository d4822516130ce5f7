import { AbortError, abortReason, type Clock, type CrewError, TimeoutError } from '@crew/core';

/** Turns of one LLM that are started in one turn of the event loop, so that the loop is never held up by many calls. */
const STARTS_PER_LOOP = 64;

/** Turns of one LLM that are under way over HTTP/1.1, four for each connection: some are waiting, for a retry say. */
const UNDER_WAY = 1_024;
/** The same where HTTP/2 is allowed, which has 100 streams on each of its connections. */
const UNDER_WAY_HTTP2 = 25_600;

/** A turn that waits to be started. */
interface Waiter {
  readonly since: number;
  readonly start: (waited: number) => void;
  readonly fail: (error: CrewError) => void;
  hasLeft: boolean;
}

/**
 * Starts the turns of one LLM in the order in which they came, a bounded number in each turn of the event loop and at a
 * time. A turn that waits has neither a body nor a credential yet, so that it costs little memory and nothing gets old.
 */
export class TurnQueue {
  readonly #clock: Clock;
  readonly #server: string;
  readonly #total: number;
  readonly #most: number;
  /** In their order, from `#next` on. Those before it have been started. */
  #waiters: (Waiter | undefined)[] = [];
  #next = 0;
  #waiting = 0;
  #underWay = 0;
  #startedInLoop = 0;
  #alarm: AbortController | undefined;

  constructor(options: {
    readonly clock: Clock;
    /** The server that is asked, for errors. */
    readonly server: string;
    /** Milliseconds that a turn may wait: all that it may take. */
    readonly total: number;
    readonly allowH2: boolean;
  }) {
    this.#clock = options.clock;
    this.#server = options.server;
    this.#total = options.total;
    this.#most = options.allowH2 ? UNDER_WAY_HTTP2 : UNDER_WAY;
  }

  /**
   * Asks for the start of a turn: 0 when it may start at once, otherwise the milliseconds that it has waited. `leave`
   * must follow.
   *
   * @throws {TimeoutError} when it has waited for all the time that it may take.
   * @throws {AbortError} when the signal aborts first, or the LLM is closed.
   */
  enter(signal: AbortSignal): 0 | Promise<number> {
    if (this.#waiting > 0 || !this.#mayStart) return this.#wait(signal);
    this.#noteStart();
    return 0;
  }

  /** Reports that a turn is over. */
  leave(): void {
    this.#underWay -= 1;
    this.#startWaiting();
  }

  /** Rejects all that wait. */
  close(): void {
    for (const waiter of this.#waiters.slice(this.#next)) {
      if (waiter !== undefined && !waiter.hasLeft) waiter.fail(new AbortError('The LLM was closed.'));
    }
  }

  get #mayStart(): boolean {
    return this.#underWay < this.#most && this.#startedInLoop < STARTS_PER_LOOP;
  }

  #noteStart(): void {
    this.#underWay += 1;
    this.#startedInLoop += 1;
    if (this.#startedInLoop > 1) return;
    setImmediate(() => {
      this.#startedInLoop = 0;
      this.#startWaiting();
    });
  }

  #wait(signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        waiter.hasLeft = true;
        this.#waiting -= 1;
        signal.removeEventListener('abort', abort);
        if (this.#waiting === 0) this.#clear();
      };
      const waiter: Waiter = {
        since: this.#clock.monotonic(),
        hasLeft: false,
        start: waited => {
          leaveQueue();
          resolve(waited);
        },
        fail: error => {
          leaveQueue();
          reject(error);
        },
      };
      const abort = (): void => waiter.fail(abortReason(signal, `The request to ${this.#server}`));
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.push(waiter);
      this.#waiting += 1;
      if (this.#alarm === undefined) this.#setAlarm(this.#total);
    });
  }

  #startWaiting(): void {
    while (this.#waiting > 0 && this.#mayStart) {
      const waiter = this.#waiters[this.#next];
      this.#waiters[this.#next] = undefined;
      this.#next += 1;
      this.#compact();
      if (waiter === undefined || waiter.hasLeft) continue;
      this.#noteStart();
      waiter.start(this.#clock.monotonic() - waiter.since);
    }
  }

  /** Lets go of the places of turns that were started: seldom, so that each costs the same however many wait. */
  #compact(): void {
    if (this.#next < 1_024 || this.#next * 2 < this.#waiters.length) return;
    this.#waiters = this.#waiters.slice(this.#next);
    this.#next = 0;
  }

  #clear(): void {
    this.#waiters = [];
    this.#next = 0;
    this.#alarm?.abort();
    this.#alarm = undefined;
  }

  /** One alarm serves all: they wait equally long, so that the first in the queue is the first whose time is over. */
  #setAlarm(milliseconds: number): void {
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#clock.sleep(milliseconds, alarm.signal).then(
      () => this.#ring(),
      () => undefined,
    );
  }

  #ring(): void {
    const now = this.#clock.monotonic();
    while (this.#waiting > 0) {
      const waiter = this.#waiters[this.#next];
      const left = waiter === undefined || waiter.hasLeft ? 0 : waiter.since + this.#total - now;
      if (left > 0) {
        this.#setAlarm(left);
        return;
      }
      this.#next += 1;
      if (waiter !== undefined && !waiter.hasLeft) waiter.fail(this.#waitedTooLong());
    }
  }

  #waitedTooLong(): TimeoutError {
    return new TimeoutError(
      `The request to ${this.#server} was not begun within ${this.#total} ms: ${this.#most} others were under way all the ` +
        'time. Make fewer calls at once, and read each stream to its end or leave it. Or raise timeouts.total.',
      { deadline: 'total', milliseconds: this.#total },
    );
  }
}
