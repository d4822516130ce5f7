/** What was thrown, in words. Anything can be thrown, also what cannot be turned into a string; this never throws. */
export function thrownText(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something that cannot be described';
  }
}
