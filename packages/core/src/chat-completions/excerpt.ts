/**
 * Characters that no message may hold: white space other than one blank, control characters, format characters such as
 * U+202E, which reverses the text behind it, line separators, halves of surrogate pairs, and what has no meaning.
 */
const UNPRINTABLE = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+/gu;

/** Nesting and members of a body that an excerpt shows. */
const MAX_DEPTH = 8;
const MAX_MEMBERS = 100;

/**
 * Returns the start of a foreign text as one line of printable characters, for an error's message. `length` is the
 * largest number of characters; a text that is cut ends with `…`. Its cost does not depend on the length of the text.
 */
export function excerpt(text: string, length = 200): string {
  // Cut before the clean-up: the text may be a whole body.
  const line = text
    .slice(0, length * 2)
    .replace(UNPRINTABLE, ' ')
    .trim();
  if (line.length <= length && text.length <= length * 2) return line;
  const isPairCut = isHighSurrogate(line.charCodeAt(length - 1)) && line.length > length;
  return `${line.slice(0, isPairCut ? length - 1 : length)}…`;
}

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
