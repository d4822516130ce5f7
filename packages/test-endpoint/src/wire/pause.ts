import { setTimeout as wait } from 'node:timers/promises';

/** Waits so many milliseconds; rejects, leaving no timer, when the signal fires. */
export async function pause(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
  if (milliseconds !== undefined) await wait(milliseconds, undefined, { signal });
}
