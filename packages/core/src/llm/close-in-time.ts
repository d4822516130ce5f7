import type { Clock } from '../execution/clock.ts';
import type { Deadline } from '../execution/deadline.ts';
import { closeIterator } from './close-iterator.ts';

/** How long anybody waits for an iterator to clean up, in milliseconds. */
const CLOSE_TIMEOUT = 1_000;

/** Closes an iterator, and waits for that a moment, but not beyond a deadline that has not passed yet. Never throws. */
export async function closeInTime(iterator: AsyncIterator<unknown>, deadline: Deadline, clock: Clock): Promise<void> {
  const closing = closeIterator(iterator);
  const timer = new AbortController();
  try {
    const late = clock.sleep(CLOSE_TIMEOUT, timer.signal).catch(() => undefined);
    await Promise.race([deadline.signal.aborted ? closing : deadline.guard(closing), late]);
  } catch {
    // What came before is complete all the same.
  } finally {
    timer.abort();
  }
}
