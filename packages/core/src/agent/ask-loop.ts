import type { BaseLLM } from '../base-llm.ts';
import { attachRun, CrewError } from '../errors/crew-error.ts';
import type { Message } from '../message.ts';
import { prepareMessages } from '../prepare-messages.ts';
import { runToolLoop, type ToolLoopOptions } from '../run-tool-loop.ts';
import type { ReadSchema } from '../schema.ts';
import { askForObject } from '../structured-output/ask-for-object.ts';
import type { ObjectReply } from '../structured-output/read-object.ts';
import { addUsage, NO_USAGE } from '../token-usage.ts';
import type { AgentResult } from './run-agent.ts';

/** A tool loop that a model is asked through, with its bound. */
export type BoundedLoop = ToolLoopOptions & { readonly maxToolRounds: number };

/** Runs the tool loop; with a schema, again after an answer that does not fit, told why, in the same conversation. */
export async function askLoop(
  llm: BaseLLM,
  schema: ReadSchema | undefined,
  options: BoundedLoop,
): Promise<AgentResult> {
  if (schema === undefined) {
    const { text, messages, usage } = await runToolLoop(llm, options);
    return { raw: text, messages, usage, json: undefined, parsed: undefined };
  }
  let loop = options;
  let messages: readonly Message[] = [];
  let usage = NO_USAGE;
  let attempts = 0;
  const ask = async (feedback: string | undefined): Promise<ObjectReply> => {
    attempts += 1;
    if (feedback !== undefined) {
      const stepPrefix = `${options.stepPrefix ?? ''}object/${attempts}/`;
      loop = { ...loop, messages: [...messages, ...prepareMessages(feedback)], stepPrefix };
    }
    const result = await runToolLoop(llm, loop);
    ({ messages } = result);
    usage = addUsage(usage, result.usage);
    // The rounds are those of all attempts together; the turn that answered is none.
    const maxToolRounds = Math.max(1, loop.maxToolRounds - (result.turns - 1));
    loop = { ...loop, maxToolRounds, protocol: result.protocol };
    return { text: result.text, finishReason: result.generation.finishReason };
  };
  try {
    const { value, json, reply } = await askForObject(schema, ask);
    return { raw: reply.text, messages, usage, json, parsed: value };
  } catch (thrown) {
    if (CrewError.isInstance(thrown)) attachRun(thrown, thrown.messages ?? messages, addUsage(usage, thrown.usage));
    throw thrown;
  }
}
