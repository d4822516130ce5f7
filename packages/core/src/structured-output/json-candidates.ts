import { endOfJson } from '../end-of-json.ts';
import type { JsonValue } from '../json.ts';

/** Places in one text where a value may begin. More would make a hostile reply expensive to read. */
const MOST_STARTS = 100;

/**
 * The JSON values that a reply may mean, likeliest first: the whole text; else what its fenced code blocks hold; then
 * each balanced object or list. Read them until one fits.
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
  for (let starts = 0; starts < MOST_STARTS; starts += 1) {
    const start = opening.exec(text)?.index;
    if (start === undefined) return;
    const end = endOfJson(text, start);
    const value = end === -1 ? undefined : parse(text.slice(start, end));
    if (value === undefined) continue;
    yield value;
    opening.lastIndex = end;
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
