import { lstat, utimes } from 'node:fs/promises';
import { type Clock, CredentialError } from '@crew/core';
import { abortReason } from '../cancellation.ts';

/** Time without an update after which a lock is stale, in milliseconds. */
const STALE_AFTER = 15_000;
/** Interval at which the holder updates its lock, in milliseconds. */
const UPDATE_INTERVAL = 3_000;
/** Bounds of the pause between two attempts to acquire a lock, in milliseconds. The pause has jitter. */
const MIN_POLL_INTERVAL = 20;
const MAX_POLL_INTERVAL = 60;

/** Options of `lockFile`. */
export interface LockOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Name of the lock in errors, at the start of a sentence. */
  readonly subject: string;
}

/**
 * Waits for a lock on a file, across processes, and returns the function that releases it. If a process dies while holding
 * the lock, the others wait for 15 seconds, even if the lock has a time in the future because the clock was set back.
 *
 * @throws {CredentialError} naming the lock, if a deadline aborts the signal first, or the directory cannot hold locks.
 * @throws {AbortError} if the signal aborts for another reason.
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
        // The caller has left and would never release the lock.
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
  // Loaded on demand, because it registers handlers for the end of the process.
  const { lock } = await import('proper-lockfile');
  const watch = new LockWatch(`${file}.lock`, clock);
  for (;;) {
    if (signal.aborted) throw abortReason(signal);
    try {
      const release = await lock(file, {
        realpath: false,
        stale: STALE_AFTER,
        update: UPDATE_INTERVAL,
        // Another process took the lock, because this one was suspended for too long. Its work cannot be undone.
        onCompromised: () => undefined,
      });
      // Releasing fails if another process has taken the lock.
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
 * Watches a lock that another process holds. A live holder updates it every few seconds. A lock that does not change for 15
 * seconds by the monotonic clock is stale, whatever its time. proper-lockfile compares the time with the wall clock, and
 * would wait until a lock time in the future has passed.
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
      // The next attempt finds the lock stale and takes it over.
      else if (now - this.#since > STALE_AFTER && mtimeMs > Date.now() - STALE_AFTER)
        await utimes(this.#path, new Date(0), new Date(0));
    } catch {
      // The lock was released in the meantime.
    }
  }
}

function lockTimeout(subject: string, milliseconds: number): CredentialError {
  return new CredentialError(
    `${subject} is a lock that another process still held after ${Math.round(milliseconds)} ms. Check for a process that ` +
      'shares the store and hangs. If there is none, delete the lock.',
  );
}
