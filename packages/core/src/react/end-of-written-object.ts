/** The quotes that models write, and what ends a string that begins with one. */
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
]);

/** Text that goes on to a closing bracket of its own: perhaps the object had not ended before it. */
const GOES_ON = /^\s*[^\s{}[\]][^{}[\]]*[}\]]/;

/**
 * Where the object that begins at `start` ends, in whichever quotes its strings are: the index behind its closing brace.
 * -1 when it has none, and when that is not certain: at a quote inside a string, say, or a comment. To cut it there would
 * run a tool with half of its input.
 */
export function endOfWrittenObject(text: string, start: number): number {
  let depth = 0;
  /** The last character that is no space. */
  let before = '';
  for (let index = start; index < text.length; index += 1) {
    const character = text.charAt(index);
    const closing = CLOSING.get(character);
    if (closing !== undefined) {
      if (!'{[,:'.includes(before)) return -1;
      index = endOfString(text, index + 1, closing);
      if (index === -1) return -1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return GOES_ON.test(text.slice(index + 1)) ? -1 : index + 1;
    } else if (character === '/' && /[/*]/.test(text.charAt(index + 1))) return -1;
    if (character.trim() !== '') before = character;
  }
  return -1;
}

/** The index of the quote that ends the string; -1 when what follows the first one does not belong behind a string. */
function endOfString(text: string, start: number, closing: string): number {
  for (let index = start; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === closing) {
      const next = /\S/g;
      next.lastIndex = index + 1;
      return ',:}]'.includes(next.exec(text)?.[0] ?? ' ') ? index : -1;
    }
  }
  return -1;
}
