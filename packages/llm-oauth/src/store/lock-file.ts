import { lstat, utimes } from 'node:fs/promises';
import { type Clock, CredentialError } from '@crew/core';
import { abortReason } from '../cancellation.ts';

/** Time without a sign of life after which a process has lost its turn, in milliseconds. */
const STALE_AFTER = 15_000;
const UPDATE_INTERVAL = 3_000;
/** Between two attempts to take a lock that another process holds, in milliseconds; a random part keeps waiting processes apart. */
const MIN_POLL_INTERVAL = 20;
const MAX_POLL_INTERVAL = 60;

/** Options of `lockFile`. */
export interface LockOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The lock as errors show it, at the beginning of a sentence. */
  readonly subject: string;
}

/**
 * Waits for the turn on a file, across processes, and gives the function that ends it. A process that died in its turn
 * holds others up for 15 seconds, also when its lock claims to be from the future, because the machine's clock went back.
 *
 * @throws {CredentialError} naming the lock, when a deadline aborts the signal first, or the directory takes no lock.
 * @throws {AbortError} when the signal aborts for another reason.
 */
export function lockFile(file: string, options: LockOptions): Promise<() => Promise<void>> {
  const { signal, clock, subject } = options;
  const startedAt = clock.monotonic();
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const isLate = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
      reject(isLate ? lockTimeout(subject, clock.monotonic() - startedAt) : abortReason(signal));
    };
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    acquireLock(file, options).then(
      release => {
        signal.removeEventListener('abort', leave);
        resolve(release);
        // Nobody is there any more who would give it back.
        if (signal.aborted) void release();
      },
      (thrown: unknown) => {
        signal.removeEventListener('abort', leave);
        reject(thrown);
      },
    );
  });
}

async function acquireLock(file: string, { signal, clock, subject }: LockOptions): Promise<() => Promise<void>> {
  // Loaded when it is needed: it watches for the end of the process from then on.
  const { lock } = await import('proper-lockfile');
  const watch = new LockWatch(`${file}.lock`, clock);
  for (;;) {
    if (signal.aborted) throw abortReason(signal);
    try {
      const release = await lock(file, {
        realpath: false,
        stale: STALE_AFTER,
        update: UPDATE_INTERVAL,
        // Somebody took the turn of a process that was stopped for too long. Its work is past recalling.
        onCompromised: () => undefined,
      });
      // A turn that was taken over has ended already.
      return () => release().catch(() => undefined);
    } catch (thrown) {
      const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
      if (code !== 'ELOCKED') {
        throw new CredentialError(
          `${subject} cannot be used as a lock (${typeof code === 'string' ? code : 'error'}).`,
        );
      }
    }
    await watch.check();
    const pause = MIN_POLL_INTERVAL + Math.random() * (MAX_POLL_INTERVAL - MIN_POLL_INTERVAL);
    await clock.sleep(pause, signal).catch(() => undefined);
  }
}

/**
 * Watches a lock that another process holds. A living holder renews it every few seconds; one that stands still for 15
 * seconds by the monotonic clock is dead, whatever its time says. proper-lockfile compares the time with the wall clock,
 * and would wait for a lock from the future until that has come.
 */
class LockWatch {
  readonly #path: string;
  readonly #clock: Clock;
  #seen: string | undefined;
  #since = 0;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  async check(): Promise<void> {
    try {
      const { dev, ino, mtimeMs } = await lstat(this.#path);
      const seen = `${dev}:${ino}:${mtimeMs}`;
      const now = this.#clock.monotonic();
      if (seen !== this.#seen) {
        this.#seen = seen;
        this.#since = now;
      }
      // The next attempt finds it stale, and takes it over as it does with any other.
      else if (now - this.#since > STALE_AFTER && mtimeMs > Date.now() - STALE_AFTER)
        await utimes(this.#path, new Date(0), new Date(0));
    } catch {
      // It was released meanwhile.
    }
  }
}

function lockTimeout(subject: string, milliseconds: number): CredentialError {
  return new CredentialError(
    `${subject} is a lock that another process held for all of the ${Math.round(milliseconds)} ms that were waited for it. ` +
      'Look for a process that shares the store and hangs; if there is none, delete that lock.',
  );
}
