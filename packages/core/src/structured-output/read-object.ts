import { findJsonEnd, isNestedTooDeep, type JsonValue, parseJson, TOO_DEEP } from '../json.ts';
import type { FinishReason } from '../llm/turn.ts';
import type { ReadSchema } from '../tools/schema.ts';

/** A reply that should contain a value. */
export interface ObjectReply {
  readonly text: string;
  readonly finishReason?: FinishReason | undefined;
}

/** The value of a reply, as the schema outputs it and as the model wrote it; or the problems, with advice for the model. */
export type ObjectResult =
  | { readonly value: unknown; readonly json: JsonValue }
  | { readonly problems: string; readonly advice: string };

/** Finds the value that fits the schema in a reply, and ignores the text around it. */
export async function readObject(schema: ReadSchema, reply: ObjectReply): Promise<ObjectResult> {
  let problems: string | undefined;
  for (const json of jsonCandidates(reply.text)) {
    const verdict = await schema.check(json);
    if (!('problems' in verdict)) return { value: verdict.value, json };
    problems ??= verdict.problems;
  }
  if (reply.finishReason === 'length' || reply.finishReason === 'content-filter') {
    return {
      problems: `the reply was cut off (${reply.finishReason}) before its JSON was complete`,
      advice: 'Reply again, shorter, with the JSON only.',
    };
  }
  if (problems !== undefined) return { problems, advice: 'Reply with the corrected JSON only.' };
  if (isNestedTooDeep(reply.text)) {
    return { problems: `its JSON cannot be read: ${TOO_DEEP}`, advice: 'Reply with flatter JSON only.' };
  }
  return {
    problems: 'the reply holds no JSON',
    advice: `Reply with nothing but one JSON value that fits this JSON Schema: ${JSON.stringify(schema.jsonSchema)}`,
  };
}

/** Maximum number of positions in one text at which a value may start. */
const MAX_STARTS = 100;
/** Characters read in search of these values: this many, or this many times the length of a longer text. */
const MIN_WORK = 1_048_576;
const WORK_PER_CHARACTER = 8;

/**
 * Yields the JSON values that a reply may mean, likeliest first: the whole text; otherwise the contents of its fenced code
 * blocks, then each balanced object or list. The caller stops at the first that fits. The work is linear in the reply.
 */
function* jsonCandidates(reply: string): Generator<JsonValue> {
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
  // Without a budget, a run of opening brackets would be read to the end of the text from each of them.
  let work = Math.max(MIN_WORK, WORK_PER_CHARACTER * text.length);
  for (let starts = 0; starts < MAX_STARTS && work > 0; starts += 1) {
    const start = opening.exec(text)?.index;
    if (start === undefined) return;
    const end = findJsonEnd(text, start);
    work -= (end === -1 ? text.length : end) - start;
    if (end === -1) continue;
    const source = text.slice(start, end);
    const value = parse(source);
    if (value !== undefined) yield value;
    // A part of a value that is nested too deeply is not the intended value.
    if (value !== undefined || isNestedTooDeep(source)) opening.lastIndex = end;
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
