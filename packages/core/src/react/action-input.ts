import { jsonrepair } from 'jsonrepair';
import { findJsonEnd, parseJson } from '../json.ts';

/**
 * Maximum length of repaired input, in characters. For some inputs, such as a row of quotes, the time for a repair grows
 * quadratically.
 */
const MAX_REPAIRED_LENGTH = 8192;
/** Maximum nesting depth of repaired input: the time for a repair can also grow with each level. */
const MAX_REPAIRED_DEPTH = 64;

/** Maximum number of JSON strings around the arguments, one in the other. */
const MAX_ENCODINGS = 3;

/**
 * Returns the JSON text of the arguments of a tool call, in both tool protocols. Repairs common mistakes: prose or a
 * template's token behind the object, a brace too many or too few, doubled braces, an object encoded as a string, single,
 * triple or missing quotes, a trailing comma, Python constants. `null` means no arguments. Input that cannot be repaired
 * without losing text is returned unchanged, and the tool reports that it is not JSON.
 */
export function parseActionInput(input: string): string {
  return readArguments(input, MAX_ENCODINGS);
}

function readArguments(input: string, encodings: number): string {
  const unfenced = removeFence(input.trim());
  const text = quoteTripleQuoted(unfenced);
  // A repair would read triple quotes as an empty string and other text.
  if (text === undefined) return unfenced;
  const strict = tryParse(() => text, encodings);
  if (strict) return strict.json;
  const attempts = [
    () => leadingObject(text),
    () => repair(text),
    () => repair(leadingLooseObject(text)),
    () => repair(removeQuotes(text)),
    () => removeDoubledBraces(text),
  ];
  let nonObject: string | undefined;
  for (const attempt of attempts) {
    const parsed = tryParse(attempt, encodings);
    if (parsed?.isObject) return parsed.json;
    nonObject ??= parsed?.json;
  }
  return nonObject ?? unfenced;
}

/** Returns the JSON text of the arguments in a cut-off reply, without repairs: they would run a tool with half its input. */
export function parseCutOffInput(input: string): string {
  const text = removeFence(input.trim());
  return tryParse(() => leadingObject(text), 1)?.json ?? text;
}

/** Repairs the text. Returns it unchanged if a repair would drop part of it, take too long, or complete a cut-off value. */
function repair(text: string): string {
  if (text.length > MAX_REPAIRED_LENGTH || maxDepth(text) > MAX_REPAIRED_DEPTH || isCutInside(text)) return text;
  // Repairs drop the backslash of an escape that JSON does not have, such as that of a regular expression.
  const escaped = text.replace(/\\(["'\\/bfnrtu\n]?)/g, (written, known: string) => (known === '' ? '\\\\' : written));
  const repaired = jsonrepair(escaped);
  const isOpen = text.startsWith('{') && findJsonEnd(text, 0) === -1;
  // The value of a name at the end is missing.
  if (isOpen && wordCharacters(escaped) !== wordCharacters(repaired)) return text;
  return keepsWords(escaped, repaired) ? repaired : text;
}

/** Returns true if the object has no end, and the text ends within a value: the value may have gone on. */
function isCutInside(text: string): boolean {
  return text.startsWith('{') && findJsonEnd(text, 0) === -1 && !/["'`”’}\]]$/.test(text);
}

/** Returns true if all letters and digits of the original are in the repaired text, in the same order. */
function keepsWords(original: string, repaired: string): boolean {
  const kept = wordCharacters(repaired);
  let at = 0;
  for (const character of wordCharacters(original)) {
    at = kept.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Returns the letters and digits of a JSON text, without those of escapes, and with the constants of JSON. */
function wordCharacters(json: string): string {
  return json
    .replace(/\\(?:u[0-9A-Fa-f]{4}|[\s\S])/g, ' ')
    .replace(/\bNone\b|\bundefined\b/g, 'null')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}

/**
 * Returns the text with its strings in triple quotes, as in Python, written as JSON strings. Their content is not changed.
 * Returns undefined if such a string has no end.
 */
function quoteTripleQuoted(text: string): string | undefined {
  if (!text.startsWith('{') || !(text.includes('"""') || text.includes("'''"))) return text;
  try {
    parseJson(text);
    return text;
  } catch {
    // The triple quotes are not inside strings.
  }
  let quoted = '';
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    const triple = character.repeat(3);
    const isQuote = character === '"' || character === "'";
    if (isQuote && text.startsWith(triple, at)) {
      const end = endOfTripleQuoted(text, at + 3, triple);
      if (end === -1) return undefined;
      quoted += JSON.stringify(text.slice(at + 3, end));
      at = end + 3;
      continue;
    }
    const end = isQuote ? endOfQuoted(text, at) : at + 1;
    quoted += text.slice(at, end);
    at = end;
  }
  return quoted;
}

/** Returns the index of the closing triple quote: the first one that is followed by what follows a value in JSON. */
function endOfTripleQuoted(text: string, start: number, triple: string): number {
  const quote = triple.charAt(0);
  for (let at = text.indexOf(triple, start); at !== -1; at = text.indexOf(triple, at)) {
    // A string may end with a quote of its own.
    while (text.charAt(at + 3) === quote) at += 1;
    const next = /\S/g;
    next.lastIndex = at + 3;
    if (',:}]'.includes(next.exec(text)?.[0] ?? ' ')) return at;
    at += 3;
  }
  return -1;
}

/** Returns the index after the string in simple quotes that begins at `start`. */
function endOfQuoted(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === quote) return at + 1;
  }
  return text.length;
}

/** Returns the text without the second one of each pair of braces, as a template that is not filled in has them. */
function removeDoubledBraces(text: string): string {
  if (!text.startsWith('{{')) return text;
  const inner = text.slice(1, -1);
  if (text.endsWith('}}') && tryParse(() => inner, 1)?.isObject) return inner;
  let single = '';
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    const isBrace = character === '{' || character === '}';
    const end = character === '"' || character === "'" ? endOfQuoted(text, at) : at + 1;
    single += text.slice(at, end);
    at = isBrace && text.charAt(at + 1) === character ? end + 1 : end;
  }
  const repaired = repair(single);
  // A placeholder for a value, such as {{name}}, would become an object.
  return wordCharacters(repaired) === wordCharacters(single) ? repaired : text;
}

/** Returns the nesting depth of brackets. Counts those in strings too: only the repair finds out where strings end. */
function maxDepth(text: string): number {
  let depth = 0;
  let max = 0;
  for (const character of text) {
    if ('{[('.includes(character)) depth += 1;
    else if ('}])'.includes(character)) depth -= 1;
    if (depth > max) max = depth;
  }
  return max;
}

/** Returns the object at the beginning, without the prose after it. */
function leadingObject(text: string): string {
  const end = text.startsWith('{') ? findJsonEnd(text, 0) : -1;
  return end === -1 || UNMATCHED_CLOSING.test(text.slice(end)) ? text : text.slice(0, end);
}

/** Returns an object at the beginning that needs repair, if its end is certain. */
function leadingLooseObject(text: string): string {
  const end = text.startsWith('{') ? endOfLooseObject(text, 0) : -1;
  return end === -1 ? text : text.slice(0, end);
}

function removeFence(text: string): string {
  const inside = /^```[^\n`]*\n([\s\S]*?)(?:\n?```|$)/.exec(text)?.[1];
  return inside === undefined ? text : inside.trim();
}

function removeQuotes(text: string): string {
  const quote = text[0];
  const quoted = text.length > 1 && (quote === '"' || quote === "'" || quote === '`') && text.endsWith(quote);
  return quoted ? text.slice(1, -1).trim() : text;
}

function tryParse(
  attempt: () => string,
  encodings: number,
): { readonly json: string; readonly isObject: boolean } | undefined {
  try {
    const json = attempt();
    const value = parseJson(json);
    if (value === null) return { json: '{}', isObject: true };
    if (typeof value === 'object') return { json, isObject: !Array.isArray(value) };
    const inner = typeof value === 'string' ? value.trim() : undefined;
    if (inner === '' || inner === 'null') return { json: '{}', isObject: true };
    if (inner === undefined || encodings === 0 || !/^["{]/.test(inner)) return { json, isObject: false };
    // The object is written as a JSON string.
    return tryParse(() => readArguments(inner, encodings - 1), 0) ?? { json, isObject: false };
  } catch {
    // Neither JSON nor repairable. The next attempt may succeed.
    return undefined;
  }
}

/** The opening quotes that models write, with their closing quotes. */
const CLOSING_QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
]);

/** Text with an unmatched closing bracket: the object before it may not have ended. */
const UNMATCHED_CLOSING = /^\s*[^\s{}[\]][^{}[\]]*[}\]]/;

/**
 * Returns the index after the object that begins at `start`, whose strings may be in any quotes. Returns -1 if the object
 * has no end, or if the end is not certain, such as after a quote inside a string, or a comment. A wrong end would run a
 * tool with half its input.
 */
export function endOfLooseObject(text: string, start: number): number {
  let depth = 0;
  /** The last character other than whitespace. */
  let previous = '';
  for (let index = start; index < text.length; index += 1) {
    const character = text.charAt(index);
    const closing = CLOSING_QUOTES.get(character);
    if (closing !== undefined) {
      if (!'{[,:'.includes(previous)) return -1;
      index = endOfString(text, index + 1, closing);
      if (index === -1) return -1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return UNMATCHED_CLOSING.test(text.slice(index + 1)) ? -1 : index + 1;
    } else if (character === '/' && /[/*]/.test(text.charAt(index + 1))) return -1;
    if (character.trim() !== '') previous = character;
  }
  return -1;
}

/** Returns the index of the closing quote, or -1 if the first such quote is followed by something other than JSON. */
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
