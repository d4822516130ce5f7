/**
 * Matches characters that do not print as themselves: control characters (C0, DEL and C1), format characters such as
 * U+202E, which reverses the text after it, line and paragraph separators, lone surrogates, and private-use or unassigned
 * code points. A carriage return and the line feed after it are one match.
 */
const UNPRINTABLE = /\r\n|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** Matches a run of the same characters and white space, which separates the words of an excerpt. */
const SEPARATORS = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+/gu;

/** The visible replacement of a removed character. */
const REPLACEMENT = '\u{FFFD}';

/**
 * Sanitises an untrusted text, such as a model's reply, a tool's name or a file name, for a terminal or a log. Line feeds
 * and tabs are kept, other line ends become line feeds, format characters are removed, and every other control character
 * is replaced with U+FFFD. Escape sequences become plain text: they cannot move the cursor, hide earlier output, or write
 * to the clipboard (OSC 52). Emoji joined by U+200D are split.
 *
 * `printable` works on single characters and may be called for each part of a stream. A CRLF that is split across two
 * parts becomes U+FFFD and a line feed. Use `excerpt` where one line is expected.
 *
 * @example
 * ```ts
 * import { printable } from '@crew/core';
 *
 * const reply = 'Done.\u001b]52;c;cm0gLXJmIH4=\u0007\r\n'; // tries to write to the clipboard
 * console.log(printable(reply)); // the escape character is now U+FFFD
 * ```
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, replacementOf);
}

function replacementOf(character: string): string {
  if (character === '\n' || character === '\t') return character;
  if (character === '\r\n' || character === '\u2028' || character === '\u2029') return '\n';
  return /\p{Cf}/u.test(character) ? '' : REPLACEMENT;
}

/**
 * Returns the beginning of an untrusted text, such as a server's response, a certificate or a file, as one line of
 * printable characters for an error message. Runs of white space, control and format characters become one space. The
 * result has at most `length` characters (default 200); a text that was cut ends with an additional `…`. The cost does not
 * depend on the length of the text.
 *
 * @example
 * ```ts
 * import { CredentialError, excerpt } from '@crew/core';
 *
 * export async function readToken(response: Response): Promise<string> {
 *   const body = await response.text();
 *   if (response.ok) return body;
 *   throw new CredentialError(`The identity service returned ${response.status}: ${excerpt(body)}`);
 * }
 * ```
 */
export function excerpt(text: string, length = 200): string {
  // Cut first: the text may be a whole response body.
  const line = text
    .slice(0, length * 2)
    .replace(SEPARATORS, ' ')
    .trim();
  if (line.length <= length && text.length <= length * 2) return line;
  return `${cutText(line, length)}…`;
}

/** Returns the beginning of a text, at most `length` characters of it. A surrogate pair is not split. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, isHighSurrogate(text.charCodeAt(length - 1)) ? length - 1 : length);
}

/** Maximum nesting depth that an excerpt of a body includes. */
const MAX_DEPTH = 8;
/** Maximum number of members per object or list that an excerpt of a body includes. */
const MAX_MEMBERS = 100;

/** Returns the beginning of a parsed body as one line of JSON. */
export function excerptOfBody(body: unknown): string {
  return excerpt(typeof body === 'string' ? body : (JSON.stringify(prune(body, MAX_DEPTH)) ?? 'nothing'));
}

/** Returns a copy of the value limited in depth and size, so that it is cheap and safe to write as JSON. */
function prune(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutText(value, 1000);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map(item => prune(item, depth - 1));
  const members: [string, unknown][] = [];
  for (const key in value) {
    if (members.length === MAX_MEMBERS) break;
    members.push([cutText(key, 200), prune(Reflect.get(value, key), depth - 1)]);
  }
  return Object.fromEntries(members);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
