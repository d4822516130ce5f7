import { AbortError } from '../errors/abort-error.ts';
import { CrewError } from '../errors/crew-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import type { Clock } from './clock.ts';

/** The reason of an aborted signal as a `CrewError`. A reason that already is one stays itself. */
export function abortReason(signal: AbortSignal, what: string): CrewError {
  const reason: unknown = signal.reason;
  if (CrewError.isInstance(reason)) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new TimeoutError(`${what} was cancelled: the caller's signal timed out.`, {
      cause: reason,
      deadline: 'signal',
    });
  }
  return new AbortError(`${what} was cancelled by its caller.`, reason instanceof Error ? { cause: reason } : {});
}

/** Throws when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw abortReason(signal, what);
}

const abortListeners = new WeakMap<AbortSignal, { readonly all: Set<() => void>; readonly tell: () => void }>();

/**
 * Calls back once when the signal aborts; returns a function that cancels that. Adds a single listener to the signal,
 * however many wait: a platform's signal goes through all its listeners for each that is added or removed.
 */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let listeners = abortListeners.get(signal);
  if (listeners === undefined) {
    const all = new Set<() => void>();
    const tell = (): void => {
      abortListeners.delete(signal);
      for (const one of all) one();
    };
    listeners = { all, tell };
    abortListeners.set(signal, listeners);
    signal.addEventListener('abort', tell, { once: true });
  }
  const { all, tell } = listeners;
  all.add(callback);
  return () => {
    all.delete(callback);
    if (all.size > 0 || abortListeners.get(signal)?.all !== all) return;
    abortListeners.delete(signal);
    signal.removeEventListener('abort', tell);
  };
}

/**
 * The life of one piece of work: a signal that is aborted by the parent's, by the time limit, or by `abort`; and a
 * guard that stops waiting then, even for work that ignores its signal. `dispose` removes timer and listener.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #what: string;
  /** Ends the waits under `guard`: nobody else can abort the signal, so that it need not be listened to. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #stopTimer: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: {
    /** The subject of the sentence in an `AbortError`: "The turn". */
    readonly what: string;
    readonly clock: Clock;
    readonly parent: AbortSignal | undefined;
    readonly milliseconds?: number | undefined;
    /** Makes the error when the time is over. */
    readonly expired?: (() => CrewError) | undefined;
  }) {
    this.#what = options.what;
    const { parent, milliseconds, expired } = options;
    if (parent?.aborted) this.abort(abortReason(parent, this.#what));
    else if (parent) {
      this.#stopListening = onAbort(parent, () => this.abort(abortReason(parent, this.#what)));
    }
    if (milliseconds !== undefined && milliseconds !== Number.POSITIVE_INFINITY && expired && !this.signal.aborted) {
      const timer = new AbortController();
      this.#stopTimer = () => timer.abort();
      options.clock.sleep(milliseconds, timer.signal).then(
        () => this.abort(expired()),
        () => undefined,
      );
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: CrewError): void {
    this.#controller.abort(reason);
    for (const reject of this.#waiting) reject(this.signal.reason);
    this.#waiting.clear();
  }

  /** The work's result, or the reason as soon as the signal aborts. */
  guard<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        work.catch(() => undefined);
        reject(signal.reason);
        return;
      }
      this.#waiting.add(reject);
      work.then(
        result => {
          this.#waiting.delete(reject);
          resolve(result);
        },
        thrown => {
          this.#waiting.delete(reject);
          reject(thrown);
        },
      );
    });
  }

  dispose(): void {
    this.#stopTimer?.();
    this.#stopListening?.();
  }
}
