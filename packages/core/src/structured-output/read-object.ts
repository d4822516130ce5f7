import { findJsonEnd, isNestedTooDeep, type JsonValue, parseJson, TOO_DEEP } from '../json.ts';
import type { FinishReason } from '../llm/turn.ts';
import type { ReadSchema } from '../tools/schema.ts';

/** A reply that should contain a value. */
export interface ObjectReply {
  readonly text: string;
  readonly finishReason?: FinishReason | undefined;
}

/**
 * The value of a reply, as the schema outputs it and as the model wrote it; or the problems, with advice for the model.
 * `heldValue` is true if the reply contains a value that does not fit.
 */
export type ObjectResult =
  | { readonly value: unknown; readonly json: JsonValue }
  | { readonly problems: string; readonly advice: string; readonly heldValue: boolean };

/** Finds the last value that fits the schema in a reply, and ignores the text around it: earlier values are drafts. */
export async function readObject(schema: ReadSchema, reply: ObjectReply): Promise<ObjectResult> {
  let problems: string | undefined;
  for (const json of jsonCandidates(reply.text)) {
    const verdict = await schema.check(json);
    if (!('problems' in verdict)) return { value: verdict.value, json };
    problems = verdict.problems;
  }
  if (reply.finishReason === 'length' || reply.finishReason === 'content-filter') {
    return {
      problems: `the reply was cut off (${reply.finishReason}) before its JSON was complete`,
      advice: 'Reply again, shorter, with the JSON only.',
      heldValue: false,
    };
  }
  if (problems !== undefined) return { problems, advice: 'Reply with the corrected JSON only.', heldValue: true };
  if (isNestedTooDeep(reply.text)) {
    return {
      problems: `its JSON cannot be read: ${TOO_DEEP}`,
      advice: 'Reply with flatter JSON only.',
      heldValue: true,
    };
  }
  return {
    problems: 'the reply holds no JSON',
    advice: 'Reply with nothing but one JSON value that fits the JSON Schema.',
    heldValue: false,
  };
}

/** Maximum number of values of one text that are checked: the last ones. */
const MAX_VALUES = 100;
/** Characters read in search of these values: this many, or this many times the length of a longer text. */
const MIN_WORK = 1_048_576;
const WORK_PER_CHARACTER = 8;

/**
 * Yields the JSON values that a reply may mean, likeliest first: the whole text; otherwise each balanced object or list,
 * then the contents of its fenced code blocks, which may be other values, in both cases from the last to the first. The
 * caller stops at the first that fits. The work is linear in the reply.
 */
function* jsonCandidates(reply: string): Generator<JsonValue> {
  const whole = parse(reply.trim());
  if (whole !== undefined) {
    yield whole;
    return;
  }
  yield* balancedValues(reply).reverse();
  const blocks: JsonValue[] = [];
  for (const [, block = ''] of reply.matchAll(/```[^\n`]*\n([\s\S]*?)```/g)) keepLast(blocks, parse(block.trim()));
  yield* blocks.reverse();
}

/** Returns the last balanced objects and lists of a text that are JSON, in their order. */
function balancedValues(text: string): JsonValue[] {
  const values: JsonValue[] = [];
  const opening = /[{[]/g;
  // Without a budget, a run of opening brackets would be read to the end of the text from each of them.
  let work = Math.max(MIN_WORK, WORK_PER_CHARACTER * text.length);
  while (work > 0) {
    const start = opening.exec(text)?.index;
    if (start === undefined) break;
    const end = findJsonEnd(text, start);
    work -= (end === -1 ? text.length : end) - start;
    if (end === -1) continue;
    const source = text.slice(start, end);
    const value = parse(source);
    keepLast(values, value);
    // A part of a value that is nested too deeply is not the intended value.
    if (value !== undefined || isNestedTooDeep(source)) opening.lastIndex = end;
  }
  return values;
}

function keepLast(values: JsonValue[], value: JsonValue | undefined): void {
  if (value !== undefined) values.push(value);
  if (values.length > 2 * MAX_VALUES) values.splice(0, values.length - MAX_VALUES);
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
