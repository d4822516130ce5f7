import { isNestedTooDeep, type JsonValue, TOO_DEEP } from '../json.ts';
import type { FinishReason } from '../llm/turn.ts';
import type { ReadSchema } from '../tools/schema.ts';
import { jsonCandidates } from './json-candidates.ts';

/** A reply that should hold an object. */
export interface ObjectReply {
  readonly text: string;
  readonly finishReason?: FinishReason | undefined;
}

/** What a reply holds: the value as the schema gives it and as the model wrote it; or what is wrong. */
export type ObjectReading =
  | { readonly value: unknown; readonly json: JsonValue }
  | { readonly problems: string; readonly advice: string };

/** Reads the value that fits the schema out of a reply, with what surrounds it left aside. */
export async function readObject(schema: ReadSchema, reply: ObjectReply): Promise<ObjectReading> {
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
