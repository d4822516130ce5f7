import type { BaseLLM } from '../base-llm.ts';
import { attachRun, CrewError } from '../errors/crew-error.ts';
import { prepareMessages } from '../prepare-messages.ts';
import { runToolLoop, type ToolLoopOptions, type ToolLoopResult } from '../run-tool-loop.ts';
import type { ReadSchema } from '../schema.ts';
import { askForObject } from '../structured-output/ask-for-object.ts';
import { addUsage, NO_USAGE } from '../token-usage.ts';
import type { AgentResult } from './run-agent.ts';

/** Runs the tool loop; with a schema, again after an answer that does not fit, told why, in the same conversation. */
export async function askLoop(
  llm: BaseLLM,
  schema: ReadSchema | undefined,
  options: ToolLoopOptions,
): Promise<AgentResult> {
  if (schema === undefined) {
    const { text, messages, usage } = await runToolLoop(llm, options);
    return { raw: text, messages, usage, json: undefined, parsed: undefined };
  }
  let last: ToolLoopResult | undefined;
  let usage = NO_USAGE;
  let attempts = 0;
  const ask = async (feedback: string | undefined) => {
    attempts += 1;
    last = await runToolLoop(llm, last === undefined ? options : { ...options, ...followUp(last, feedback, attempts) });
    usage = addUsage(usage, last.usage);
    return { text: last.text, finishReason: last.generation.finishReason };
  };
  const followUp = (before: ToolLoopResult, feedback = '', attempt: number): Partial<ToolLoopOptions> => ({
    messages: [...before.messages, ...prepareMessages(feedback)],
    protocol: before.protocol,
    stepPrefix: `${options.stepPrefix ?? ''}object/${attempt}/`,
  });
  try {
    const { value, json, reply } = await askForObject(schema, ask);
    return { raw: reply.text, messages: last?.messages ?? [], usage, json, parsed: value };
  } catch (thrown) {
    if (CrewError.isInstance(thrown))
      attachRun(thrown, thrown.messages ?? last?.messages ?? [], addUsage(usage, thrown.usage));
    throw thrown;
  }
}
