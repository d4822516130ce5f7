/**
 * The passages packed in order into chunks of at most `limit` tokens, each passage counted once. One that is longer
 * alone is split, at the end of a line or a word where one is near.
 */
export function packChunks(
  passages: readonly string[],
  limit: number,
  count: (text: string) => number,
): readonly string[] {
  const chunks: string[] = [];
  let chunk: string[] = [];
  let filled = 0;
  for (const piece of passages.flatMap(passage => splitText(passage, limit, count))) {
    const tokens = count(piece);
    if (chunk.length > 0 && filled + tokens > limit) {
      chunks.push(chunk.join('\n\n'));
      chunk = [];
      filled = 0;
    }
    chunk.push(piece);
    filled += tokens;
  }
  if (chunk.length > 0) chunks.push(chunk.join('\n\n'));
  return chunks;
}

/** The text in pieces that fit, in halves of halves. A piece of one character is not split any more. */
function splitText(text: string, limit: number, count: (text: string) => number): readonly string[] {
  const at = text.length < 2 || count(text) <= limit ? text.length : splitPoint(text);
  if (at === text.length) return [text];
  return [...splitText(text.slice(0, at), limit, count), ...splitText(text.slice(at), limit, count)];
}

/** Near the middle: after a line break, else after a space, never within a character. */
function splitPoint(text: string): number {
  const middle = Math.ceil(text.length / 2);
  for (const separator of ['\n', ' ']) {
    const at = text.lastIndexOf(separator, middle - 1) + 1;
    if (at > text.length / 4) return at;
  }
  const code = text.charCodeAt(middle);
  const insidePair = code >= 0xdc00 && code <= 0xdfff;
  return insidePair ? middle + 1 : middle;
}
