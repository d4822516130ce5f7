import { closeIterator } from '../llm/stream-end.ts';

/** The most chunks that are read for the end of an answer. */
const MAX_CHUNKS = 100;

/** Reads an answer to its end, or closes it when that has not come in time. Never throws: the rest means nothing. */
export async function readRest(iterator: AsyncIterator<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    for (let chunks = 0; ; chunks += 1) {
      const next = chunks < MAX_CHUNKS ? await Promise.race([iterator.next(), late]) : undefined;
      if (next === undefined) {
        // Not waited for: a generator closes only when its pending read has ended.
        void closeIterator(iterator);
        return;
      }
      if (next.done === true) return;
    }
  } catch {
    // The turn is complete; how the connection ended changes nothing.
  } finally {
    clearTimeout(timer);
  }
}
