import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { addUsage, type Generation, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import { copyTurnOptions, type TurnOptions } from '../llm/turn-options.ts';
import { recogniseLimit } from '../loop/provider-limit.ts';
import type { Prompt } from '../messages/message.ts';
import { prepareMessages } from '../messages/prepare-messages.ts';
import { readSchema } from '../tools/schema.ts';
import { askForObject, OBJECT_ATTEMPTS } from './ask-for-object.ts';
import { objectInstruction, objectRequest } from './object-request.ts';
import { withInstruction } from './with-instruction.ts';

/** What `generateObject` may be given: a turn's options, used for each attempt. */
export interface GenerateObjectOptions extends Omit<TurnOptions, 'responseFormat' | 'tools' | 'toolChoice'> {
  /** How often the model is asked before it is an error. Default 3. */
  readonly maxAttempts?: number | undefined;
}

/** A value that fits its schema, and how it came about. */
export interface GeneratedObject<T> {
  /** The value as the schema gives it: transformed, with defaults filled in. */
  readonly object: T;
  /** The turn that held it. */
  readonly generation: Generation;
  /** Tokens of all attempts. */
  readonly usage: TokenUsage;
}

/** Asks an LLM for a value that fits the schema; see `BaseLLM.generateObject`. */
export async function generateObject(
  llm: BaseLLM,
  prompt: Prompt,
  schema: unknown,
  options: GenerateObjectOptions,
): Promise<GeneratedObject<unknown>> {
  const { maxAttempts = OBJECT_ATTEMPTS, ...turnOptions } = copyOptions(copyTurnOptions(options), ['maxAttempts']);
  if (!(Number.isInteger(maxAttempts) && maxAttempts > 0)) {
    throw new ConfigurationError('maxAttempts must be a whole number of at least 1.');
  }
  const read = readSchema(schema, 'the schema of generateObject');
  let conversation = prepareMessages(prompt);
  let usage = NO_USAGE;
  let { responseFormat, instruction } = objectRequest(llm, read);
  const send = async (): Promise<Generation> => {
    const messages = instruction === undefined ? conversation : withInstruction(conversation, instruction);
    try {
      return await llm.generate(messages, { ...turnOptions, responseFormat });
    } catch (thrown) {
      const refusal = turnOptions.signal?.aborted ? undefined : recogniseLimit(thrown, { responseFormat });
      if (refusal !== 'response-format') throw thrown;
      responseFormat = undefined;
      instruction = objectInstruction(read.jsonSchema);
      return send();
    }
  };
  const ask = async (feedback: string | undefined): Promise<Generation> => {
    if (feedback !== undefined) conversation = [...conversation, { role: 'user', content: feedback }];
    const generation = await send();
    usage = addUsage(usage, generation.usage);
    conversation = [...conversation, { role: 'assistant', content: generation.text }];
    return generation;
  };
  const { value, reply } = await askForObject(read, ask, maxAttempts);
  return { object: value, generation: reply, usage };
}
