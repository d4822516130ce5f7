import { StructuredOutputError } from '../errors/run-errors.ts';
import type { JsonValue } from '../json.ts';
import type { ReadSchema } from '../tools/schema.ts';
import { type ObjectReply, readObject } from './read-object.ts';

/** How often a model is asked for a value that fits. */
export const OBJECT_ATTEMPTS = 3;

/** A value that fits, and the reply that held it. */
export interface AskedObject<Reply extends ObjectReply> {
  /** The value as the schema gives it: transformed, with defaults filled in. */
  readonly value: unknown;
  /** The value as the model wrote it. */
  readonly json: JsonValue;
  readonly reply: Reply;
}

/**
 * Asks until a reply holds a value that fits the schema. `ask` is called without feedback first; after a reply that
 * does not fit, with the sentences that tell the model why. They belong after that reply, as a user message.
 *
 * @throws {StructuredOutputError} when none of the attempts fits; and whatever `ask` throws.
 */
export async function askForObject<Reply extends ObjectReply>(
  schema: ReadSchema,
  ask: (feedback: string | undefined) => Promise<Reply>,
  attempts: number = OBJECT_ATTEMPTS,
): Promise<AskedObject<Reply>> {
  let feedback: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const reply = await ask(feedback);
    const reading = await readObject(schema, reply);
    if (!('problems' in reading)) return { ...reading, reply };
    const { problems, advice } = reading;
    if (attempt >= attempts) {
      throw new StructuredOutputError(
        `In ${attempts === 1 ? '1 attempt' : `${attempts} attempts`} the model gave no value that fits the schema. The last time: ${problems}. Simplify ` +
          'the schema, describe its fields, or use a model that follows schemas.',
        { attempts, problems },
      );
    }
    feedback = `Your reply cannot be used: ${problems}. ${advice}`;
  }
}
