import { jsonrepair } from 'jsonrepair';
import { findJsonEnd, parseJson } from '../json.ts';
import { endOfWrittenObject } from './end-of-written-object.ts';

/** In characters. The time that a repair takes grows with the square of some inputs, such as a row of quotes. */
const MOST_REPAIRED = 8192;
/** Brackets that are open at once. Of these, too, each can be read again for every one around it. */
const MOST_REPAIRED_DEPTH = 64;

/**
 * What a model wrote after "Action Input:" as the text of a tool's arguments: its JSON; JSON with what models get wrong
 * put right (a missing brace, single or no quotes, a trailing comma, Python's constants); or, when it cannot be read,
 * what it wrote, for the tool to refuse.
 */
export function readActionInput(written: string): string {
  const text = withoutFence(written.trim());
  const attempts = [
    () => text,
    () => leadingObject(text),
    () => repaired(text),
    () => repaired(leadingWritten(text)),
    () => repaired(withoutQuotes(text)),
  ];
  let other: string | undefined;
  for (const attempt of attempts) {
    const read = parse(attempt);
    if (read?.isObject) return read.json;
    other ??= read?.json;
  }
  return other ?? text;
}

/** What a cut-off reply wrote: repairing it would run a tool with half of its input. */
export function readCutOffInput(written: string): string {
  const text = withoutFence(written.trim());
  return parse(() => leadingObject(text))?.json ?? text;
}

function repaired(text: string): string {
  return text.length > MOST_REPAIRED || mostOpen(text) > MOST_REPAIRED_DEPTH ? text : jsonrepair(text);
}

/** Counts brackets inside strings too: where a string ends is what a repair has to find out. */
function mostOpen(text: string): number {
  let open = 0;
  let most = 0;
  for (const character of text) {
    if ('{[('.includes(character)) open += 1;
    else if ('}])'.includes(character)) open -= 1;
    if (open > most) most = open;
  }
  return most;
}

/** The object at the beginning, without the prose that follows it. */
function leadingObject(text: string): string {
  const end = text.startsWith('{') ? findJsonEnd(text, 0) : -1;
  return end === -1 ? text : text.slice(0, end);
}

/** The same of an object that needs repair, where it is certain where that ends. */
function leadingWritten(text: string): string {
  const end = text.startsWith('{') ? endOfWrittenObject(text, 0) : -1;
  return end === -1 ? text : text.slice(0, end);
}

function withoutFence(text: string): string {
  const inside = /^```[^\n`]*\n([\s\S]*?)(?:\n?```|$)/.exec(text)?.[1];
  return inside === undefined ? text : inside.trim();
}

function withoutQuotes(text: string): string {
  const quote = text[0];
  const quoted = text.length > 1 && (quote === '"' || quote === "'" || quote === '`') && text.endsWith(quote);
  return quoted ? text.slice(1, -1).trim() : text;
}

function parse(attempt: () => string): { readonly json: string; readonly isObject: boolean } | undefined {
  try {
    const json = attempt();
    let value = parseJson(json);
    let text = json;
    if (typeof value === 'string' && value.trimStart().startsWith('{')) {
      // An object that was written as a JSON string.
      text = value;
      value = parseJson(value);
    }
    return { json: text, isObject: typeof value === 'object' && value !== null && !Array.isArray(value) };
  } catch {
    // Not JSON, and not to be repaired either: the next attempt may read it.
    return undefined;
  }
}
