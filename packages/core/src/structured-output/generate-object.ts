import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { addUsage, type Generation, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import { copyTurnOptions, type TurnOptions } from '../llm/turn-options.ts';
import { inStrictOrder } from '../loop/conversation.ts';
import { recogniseLimit } from '../loop/provider-limit.ts';
import type { Message, Prompt } from '../messages/message.ts';
import { prepareMessages } from '../messages/prepare-messages.ts';
import { dataForCalls, dataMember } from '../messages/provider-data.ts';
import { readSchema } from '../tools/schema.ts';
import {
  askForObject,
  OBJECT_ATTEMPTS,
  objectInstruction,
  objectRequest,
  responseFormatRejected,
} from './object-request.ts';

/** Options of `generateObject`: those of a turn, used for each attempt. */
export interface GenerateObjectOptions extends Omit<TurnOptions, 'responseFormat' | 'tools' | 'toolChoice'> {
  /** Attempts before the call fails with a `StructuredOutputError`. Default 3. */
  readonly maxAttempts?: number | undefined;
}

/** A value that fits its schema, with the turn that produced it. */
export interface GeneratedObject<T> {
  /** The output of the schema: transformed, with defaults filled in. */
  readonly object: T;
  /** The turn that contained the value. */
  readonly generation: Generation;
  /** Tokens of all attempts. */
  readonly usage: TokenUsage;
}

/** The methods of an LLM that `generateObject` calls. */
export interface ObjectGenerator {
  generate(messages: Prompt, options?: TurnOptions): Promise<Generation>;
  supportsResponseFormat(): boolean;
}

/**
 * Asks an LLM for a value that fits the schema. Implements `BaseLLM.generateObject`.
 *
 * @example
 * ```ts no-run
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 * import { z } from 'zod';
 *
 * const llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   model: 'large',
 *   apiKey: fromEnv('LLM_API_KEY'),
 * });
 * const Tide = z.object({ harbour: z.string(), high: z.string() });
 * const { object, usage } = await llm.generateObject('When is the next high tide in Brest?', Tide, { maxAttempts: 2 });
 * console.log(object.harbour, object.high, usage.outputTokens);
 * ```
 */
export async function generateObject(
  llm: ObjectGenerator,
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
    const messages = instruction === undefined ? conversation : appendInstruction(conversation, instruction);
    try {
      return await llm.generate(messages, { ...turnOptions, responseFormat });
    } catch (error) {
      const limit = turnOptions.signal?.aborted ? undefined : recogniseLimit(error, { responseFormat });
      if (limit !== 'response-format') throw error;
      responseFormatRejected(llm);
      responseFormat = undefined;
      instruction = objectInstruction(read.jsonSchema);
      return send();
    }
  };
  const ask = async (feedback: string | undefined): Promise<Generation> => {
    if (feedback !== undefined) conversation = [...conversation, { role: 'user', content: feedback }];
    const generation = await send();
    usage = addUsage(usage, generation.usage);
    const data = dataForCalls(generation.providerData, generation.toolCalls, []);
    conversation = [...conversation, { role: 'assistant', content: generation.text, ...dataMember(data) }];
    return generation;
  };
  const { value, reply } = await askForObject(read, ask, maxAttempts);
  return { object: value, generation: reply, usage };
}

/** Appends an instruction to the last message if that is the user's, otherwise as one more user message. */
function appendInstruction(messages: readonly Message[], instruction: string): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return inStrictOrder([...messages, { role: 'user', content: instruction }]);
  const { content } = last;
  const text = `\n\n${instruction}`;
  const extended = typeof content === 'string' ? content + text : [...content, { type: 'text' as const, text }];
  return [...messages.slice(0, -1), { role: 'user', content: extended }];
}
