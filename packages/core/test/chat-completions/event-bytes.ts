const utf8 = new TextEncoder();

/** Yields the bytes of a stream in these pieces, then calls `after`. */
export async function* inPieces(
  pieces: Iterable<string | Uint8Array>,
  after?: () => void | Promise<void>,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? utf8.encode(piece) : piece;
  await after?.();
}

/** Returns one event of a stream. */
export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** Returns an event with the delta of one choice. */
export function delta(content: object, finishReason?: string | null): string {
  return event({ choices: [{ index: 0, delta: content, finish_reason: finishReason }] });
}

/** Returns an event with fragments of tool calls. */
export function callDelta(...calls: readonly object[]): string {
  return delta({ tool_calls: calls });
}

export const DONE: string = event('[DONE]');

/** Returns the bytes of a string. */
export function bytesOf(text: string): Uint8Array {
  return utf8.encode(text);
}
