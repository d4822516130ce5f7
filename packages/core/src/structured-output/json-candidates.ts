import { findJsonEnd, isNestedTooDeep, type JsonValue, parseJson } from '../json.ts';

/** Places in one text where a value may begin. */
const MOST_STARTS = 100;
/** Characters that are read in search of these values: so many, or so many times the length of a longer text. */
const LEAST_WORK = 1_048_576;
const WORK_PER_CHARACTER = 8;

/**
 * Yields the JSON values that a reply may mean, likeliest first: the whole text; else what its fenced code blocks hold;
 * then each balanced object or list. Read them until one fits. The work is linear in the reply.
 */
export function* jsonCandidates(reply: string): Generator<JsonValue> {
  const whole = parse(reply.trim());
  if (whole !== undefined) {
    yield whole;
    return;
  }
  for (const [, block = ''] of reply.matchAll(/```[^\n`]*\n([\s\S]*?)```/g)) {
    const value = parse(block.trim());
    if (value !== undefined) yield value;
  }
  yield* balancedValues(reply);
}

function* balancedValues(text: string): Generator<JsonValue> {
  const opening = /[{[]/g;
  // A row of open brackets would be read to the end of the text from each of them.
  let work = Math.max(LEAST_WORK, WORK_PER_CHARACTER * text.length);
  for (let starts = 0; starts < MOST_STARTS && work > 0; starts += 1) {
    const start = opening.exec(text)?.index;
    if (start === undefined) return;
    const end = findJsonEnd(text, start);
    work -= (end === -1 ? text.length : end) - start;
    if (end === -1) continue;
    const written = text.slice(start, end);
    const value = parse(written);
    if (value !== undefined) yield value;
    // A part of what is nested too deeply is not what was meant.
    if (value !== undefined || isNestedTooDeep(written)) opening.lastIndex = end;
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
