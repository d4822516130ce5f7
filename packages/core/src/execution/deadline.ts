import { CrewError } from '../errors/crew-error.ts';
import { AbortError, TimeoutError } from '../errors/run-errors.ts';
import type { Clock } from './clock.ts';

/**
 * Returns the reason of an aborted signal as a `CrewError`. A reason that is a `CrewError` is returned unchanged. `subject`
 * is the subject of the message's sentence, such as "The model turn".
 */
export function abortReason(signal: AbortSignal, subject: string): CrewError {
  const reason: unknown = signal.reason;
  if (CrewError.isInstance(reason)) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new TimeoutError(`${subject} was cancelled: the caller's signal timed out.`, {
      cause: reason,
      deadline: 'signal',
    });
  }
  return new AbortError(`${subject} was cancelled by its caller.`, reason instanceof Error ? { cause: reason } : {});
}

/**
 * Throws the reason of the signal as a `CrewError` if the signal is aborted; see `abortReason`.
 *
 * @throws {CrewError}
 */
export function throwIfAborted(signal: AbortSignal | undefined, subject: string): void {
  if (signal?.aborted) throw abortReason(signal, subject);
}

/** Callbacks that share one listener on a signal. */
interface AbortCallbacks {
  readonly all: Set<() => void>;
  readonly listener: () => void;
}

const abortCallbacks = new WeakMap<AbortSignal, AbortCallbacks>();

/**
 * Calls the callback once when the signal aborts. Returns a function that removes the callback. All callbacks of a signal
 * share one listener, because platforms search all listeners of a signal whenever one is added or removed.
 */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = abortCallbacks.get(signal);
  if (callbacks === undefined) {
    const all = new Set<() => void>();
    const listener = (): void => {
      abortCallbacks.delete(signal);
      for (const each of all) each();
    };
    callbacks = { all, listener };
    abortCallbacks.set(signal, callbacks);
    signal.addEventListener('abort', listener, { once: true });
  }
  const { all, listener } = callbacks;
  all.add(callback);
  return () => {
    all.delete(callback);
    if (all.size > 0 || abortCallbacks.get(signal)?.all !== all) return;
    abortCallbacks.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

/**
 * The abort signal and time limit of one piece of work. The signal is aborted when the parent signal aborts, when the time
 * limit expires, or by `abort()`. `guard()` then stops waiting, even for work that ignores its signal.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #subject: string;
  /** Rejects the pending promises of `guard`. Only `abort` aborts the signal, so that no listener is needed. */
  readonly #rejections = new Set<(reason: unknown) => void>();
  #stopTimer: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: {
    /** The subject of the sentence in an `AbortError`, such as "The model turn". */
    readonly subject: string;
    readonly clock: Clock;
    readonly parent: AbortSignal | undefined;
    /** The time limit. Has an effect only together with `onExpiry`. */
    readonly milliseconds?: number | undefined;
    /** Returns the abort reason when the time limit expires. */
    readonly onExpiry?: (() => CrewError) | undefined;
  }) {
    this.#subject = options.subject;
    const { parent, milliseconds, onExpiry } = options;
    if (parent?.aborted) this.abort(abortReason(parent, this.#subject));
    else if (parent) {
      this.#stopListening = onAbort(parent, () => this.abort(abortReason(parent, this.#subject)));
    }
    if (milliseconds !== undefined && milliseconds !== Number.POSITIVE_INFINITY && onExpiry && !this.signal.aborted) {
      const timer = new AbortController();
      this.#stopTimer = () => timer.abort();
      options.clock.sleep(milliseconds, timer.signal).then(
        () => this.abort(onExpiry()),
        () => undefined,
      );
    }
  }

  /** The signal to pass to the work. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts the signal, and rejects every pending promise of `guard` with the reason. */
  abort(reason: CrewError): void {
    this.#controller.abort(reason);
    for (const reject of this.#rejections) reject(this.signal.reason);
    this.#rejections.clear();
  }

  /** Resolves to the result of the work, or rejects with the abort reason as soon as the signal aborts. */
  guard<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        work.catch(() => undefined);
        reject(signal.reason);
        return;
      }
      this.#rejections.add(reject);
      work.then(
        result => {
          this.#rejections.delete(reject);
          resolve(result);
        },
        thrown => {
          this.#rejections.delete(reject);
          reject(thrown);
        },
      );
    });
  }

  /** Stops the timer and removes the listener from the parent signal. */
  dispose(): void {
    this.#stopTimer?.();
    this.#stopListening?.();
  }
}
