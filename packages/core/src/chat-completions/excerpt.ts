/** The start of a text on one line, for an error's message. */
export function excerpt(text: string, length = 200): string {
  // Cut before the clean-up: the text may be a whole body.
  const line = text
    .slice(0, length * 2)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  return line.length > length || text.length > length * 2 ? `${line.slice(0, length)}…` : line;
}

/** The start of a parsed body as JSON. */
export function excerptOf(body: unknown): string {
  return excerpt(typeof body === 'string' ? body : (JSON.stringify(body) ?? 'nothing'));
}
