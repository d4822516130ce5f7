import { type Clock, CredentialError } from '@crew/core';
import { abortReason } from '../abort-reason.ts';

/** A process that gives no sign of life for so long, in milliseconds, has lost its turn. */
const STALE = 15_000;
const SIGN_OF_LIFE = 3_000;
/** Between two looks at a turn that is taken, in milliseconds; a random part keeps waiting processes apart. */
const SHORTEST_LOOK = 20;
const LONGEST_LOOK = 60;

/**
 * Waits for the turn on a file, across processes, and gives the function that ends it. A process that died in its turn
 * holds others up for 15 seconds.
 *
 * @throws {AbortError} when the signal aborts first.
 * @throws {CredentialError} when the directory does not take a lock.
 */
export async function lockFile(file: string, signal: AbortSignal, clock: Clock): Promise<() => Promise<void>> {
  // Loaded when it is needed: it watches for the end of the process from then on.
  const { lock } = await import('proper-lockfile');
  for (;;) {
    if (signal.aborted) throw abortReason(signal);
    try {
      const release = await lock(file, {
        realpath: false,
        stale: STALE,
        update: SIGN_OF_LIFE,
        // Somebody took the turn of a process that was stopped for too long. Its work is past recalling.
        onCompromised: () => undefined,
      });
      // A turn that was taken over has ended already.
      return () => release().catch(() => undefined);
    } catch (thrown) {
      const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
      if (code !== 'ELOCKED') {
        throw new CredentialError(
          `The token store cannot lock ${file} (${typeof code === 'string' ? code : 'error'}).`,
        );
      }
    }
    const look = SHORTEST_LOOK + Math.random() * (LONGEST_LOOK - SHORTEST_LOOK);
    await clock.sleep(look, signal).catch(() => undefined);
  }
}
