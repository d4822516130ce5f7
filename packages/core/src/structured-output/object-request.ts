import { StructuredOutputError } from '../errors/run-errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { ReadSchema } from '../tools/schema.ts';
import { type ObjectReply, readObject } from './read-object.ts';

/** The part of a request that asks for a value that fits a schema: an option of the turn, or an instruction in the prompt. */
export type ObjectRequest =
  | { readonly responseFormat: NonNullable<TurnOptions['responseFormat']>; readonly instruction?: undefined }
  | { readonly responseFormat?: undefined; readonly instruction: string };

/**
 * Returns the request that suits the LLM. Providers that support response formats accept only an object at the top level:
 * every other value is asked for in the prompt, and so is every value of an LLM without response formats.
 */
export function objectRequest(llm: FormatSupport, { jsonSchema }: ReadSchema): ObjectRequest {
  if (acceptsResponseFormat(llm) && jsonSchema['type'] === 'object') {
    return { responseFormat: { name: 'output', schema: jsonSchema } };
  }
  return { instruction: objectInstruction(jsonSchema) };
}

/** An LLM that says whether it supports response formats. */
interface FormatSupport {
  supportsResponseFormat(): boolean;
}

/** LLMs whose provider has rejected a response format. */
const rejecting = new WeakSet<FormatSupport>();

/** Returns true if the LLM supports response formats, and its provider has rejected none so far. */
export function acceptsResponseFormat(llm: FormatSupport): boolean {
  return llm.supportsResponseFormat() && !rejecting.has(llm);
}

/** Records that the provider of the LLM has rejected a response format: no later request contains one. */
export function responseFormatRejected(llm: FormatSupport): void {
  rejecting.add(llm);
}

/** Returns the instruction that asks for a value in the prompt. */
export function objectInstruction(jsonSchema: JsonObject): string {
  return `Give your final answer as nothing but one JSON value that fits this JSON Schema:\n${JSON.stringify(jsonSchema)}`;
}

/** Default number of attempts at a value that fits. */
export const OBJECT_ATTEMPTS = 3;

/** A value that fits, and the reply that contains it. */
export interface ObjectAnswer<Reply extends ObjectReply> {
  /** The output of the schema: transformed, with defaults filled in. */
  readonly value: unknown;
  /** The value as the model wrote it. */
  readonly json: JsonValue;
  readonly reply: Reply;
}

/**
 * Asks until a reply contains a value that fits the schema. `ask` is called without feedback first. `heldValue` is true if
 * the last reply contained a value, which does not fit. After a reply that does
 * not fit it is called with sentences that tell the model why, and the schema; they belong after that reply, as a user
 * message.
 *
 * @throws {StructuredOutputError} if no attempt fits; errors of `ask` pass through.
 */
export async function askForObject<Reply extends ObjectReply>(
  schema: ReadSchema,
  ask: (feedback: string | undefined, heldValue: boolean) => Promise<Reply>,
  attempts: number = OBJECT_ATTEMPTS,
): Promise<ObjectAnswer<Reply>> {
  let feedback: string | undefined;
  let heldValue = false;
  for (let attempt = 1; ; attempt += 1) {
    const reply = await ask(feedback, heldValue);
    const result = await readObject(schema, reply);
    if (!('problems' in result)) return { ...result, reply };
    const { problems, advice } = result;
    heldValue = result.heldValue;
    if (attempt >= attempts) {
      const count = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
      throw new StructuredOutputError(
        `The model returned no value that fits the schema in ${count}. The last problem: ${problems}. Simplify the schema, ` +
          'describe its fields, or use a model that follows schemas.',
        { attempts, problems },
      );
    }
    feedback = `Your reply cannot be used: ${problems}. ${advice}\nThe JSON Schema:\n${JSON.stringify(schema.jsonSchema)}`;
  }
}
