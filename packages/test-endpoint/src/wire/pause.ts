import { setTimeout as wait } from 'node:timers/promises';
import type { Delay } from './delivery.ts';

/** Waits for the delay; rejects, leaving no timer, when the signal fires. */
export async function pause(delay: Delay | undefined, signal: AbortSignal): Promise<void> {
  if (delay === undefined) return;
  if (typeof delay === 'number') await wait(delay, undefined, { signal });
  else await unlessAborted(delay(), signal);
}

function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
