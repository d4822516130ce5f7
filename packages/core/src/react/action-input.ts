import { jsonrepair } from 'jsonrepair';
import { findJsonEnd, parseJson } from '../json.ts';

/**
 * Maximum length of repaired input, in characters. For some inputs, such as a row of quotes, the time for a repair grows
 * quadratically.
 */
const MAX_REPAIRED_LENGTH = 8192;
/** Maximum nesting depth of repaired input: the time for a repair can also grow with each level. */
const MAX_REPAIRED_DEPTH = 64;

/**
 * Returns the JSON text of the arguments that the model wrote after "Action Input:". Repairs common mistakes: a missing
 * brace, single or missing quotes, a trailing comma, Python constants. Input that cannot be repaired is returned
 * unchanged, and the tool reports that it is not JSON.
 */
export function parseActionInput(input: string): string {
  const text = removeFence(input.trim());
  const attempts = [
    () => text,
    () => leadingObject(text),
    () => repair(text),
    () => repair(leadingLooseObject(text)),
    () => repair(removeQuotes(text)),
  ];
  let nonObject: string | undefined;
  for (const attempt of attempts) {
    const parsed = tryParse(attempt);
    if (parsed?.isObject) return parsed.json;
    nonObject ??= parsed?.json;
  }
  return nonObject ?? text;
}

/** Returns the JSON text of the arguments in a cut-off reply, without repairs: they would run a tool with half its input. */
export function parseCutOffInput(input: string): string {
  const text = removeFence(input.trim());
  return tryParse(() => leadingObject(text))?.json ?? text;
}

function repair(text: string): string {
  return text.length > MAX_REPAIRED_LENGTH || maxDepth(text) > MAX_REPAIRED_DEPTH ? text : jsonrepair(text);
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
  return end === -1 ? text : text.slice(0, end);
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

function tryParse(attempt: () => string): { readonly json: string; readonly isObject: boolean } | undefined {
  try {
    const json = attempt();
    let value = parseJson(json);
    let text = json;
    if (typeof value === 'string' && value.trimStart().startsWith('{')) {
      // The object is written as a JSON string.
      text = value;
      value = parseJson(value);
    }
    return { json: text, isObject: typeof value === 'object' && value !== null && !Array.isArray(value) };
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
