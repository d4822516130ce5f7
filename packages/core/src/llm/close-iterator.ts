/** Closes an iterator. What it throws then is of no use to anyone. */
export async function closeIterator(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // It is closed all the same.
  }
}
