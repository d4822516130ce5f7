/**
 * Characters that do not print as themselves: control characters (C0, DEL and C1), format characters such as U+202E, which
 * reverses the text behind it, line and paragraph separators, halves of surrogate pairs, and code points without a meaning. A carriage return before a
 * line feed belongs to it.
 */
const UNPRINTABLE = /\r\n|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** The same, and white space: what separates the words of an excerpt. */
const SEPARATING = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+/gu;

/** Visible stand-in for a character that was removed. */
const REPLACEMENT = '\u{FFFD}';

/**
 * Returns a foreign text (a model's answer, a tool's name, the name of a file) as a terminal or a log may show it. Line
 * feeds and tabs are kept, other line ends become line feeds, format characters are removed, and any other control
 * character is replaced by U+FFFD. An escape sequence is then plain text: it can no longer move the cursor, hide what was
 * printed before it, or write to the clipboard (OSC 52). Emoji that are joined by U+200D come apart.
 *
 * May be called for each part of a stream: it looks at single characters, and the end of a line that is split over two
 * parts is at worst shown as U+FFFD and a line feed. Use `excerpt` where one line is expected.
 *
 * @example
 * process.stdout.write(`${printable(await llm.call('Say hello.'))}\n`);
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, shown);
}

function shown(character: string): string {
  if (character === '\n' || character === '\t') return character;
  if (character === '\r\n' || character === '\u2028' || character === '\u2029') return '\n';
  return /\p{Cf}/u.test(character) ? '' : REPLACEMENT;
}

/**
 * Returns the start of a foreign text (what a server, a certificate or a file says) as one line of printable characters,
 * for an error's message. Runs of white space, control and format characters become one blank. `length` is the largest
 * number of characters; a text that is cut ends with `…`. Its cost does not depend on the length of the text.
 *
 * @example
 * throw new CredentialError(`The identity service answered: ${excerpt(await response.text())}`);
 */
export function excerpt(text: string, length = 200): string {
  // Cut before the clean-up: the text may be a whole body.
  const line = text
    .slice(0, length * 2)
    .replace(SEPARATING, ' ')
    .trim();
  if (line.length <= length && text.length <= length * 2) return line;
  const isPairCut = isHighSurrogate(line.charCodeAt(length - 1)) && line.length > length;
  return `${line.slice(0, isPairCut ? length - 1 : length)}…`;
}

/** Nesting and members of a body that an excerpt shows. */
const MAX_DEPTH = 8;
const MAX_MEMBERS = 100;

/** Returns the start of a parsed body as JSON, on one line. */
export function excerptOf(body: unknown): string {
  return excerpt(typeof body === 'string' ? body : (JSON.stringify(shallow(body, MAX_DEPTH)) ?? 'nothing'));
}

/** Returns the value without what lies too deep or too far behind to be shown, so that writing it is cheap and safe. */
function shallow(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, 1000);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map(item => shallow(item, depth - 1));
  const members: [string, unknown][] = [];
  for (const key in value) {
    if (members.length === MAX_MEMBERS) break;
    members.push([key.slice(0, 200), shallow(Reflect.get(value, key), depth - 1)]);
  }
  return Object.fromEntries(members);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
