import { CrewError, toRunError } from '../errors/crew-error.ts';
import { StructuredOutputError } from '../errors/run-errors.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { withToolLoop } from '../loop/run-tool-loop.ts';
import type { ToolLoopOptions, ToolLoopResult } from '../loop/tool-loop-options.ts';
import { askForObject } from '../structured-output/ask-for-object.ts';
import type { ObjectReply } from '../structured-output/read-object.ts';
import type { ReadSchema } from '../tools/schema.ts';
import type { AgentResult } from './run-agent.ts';

/** Runs the tool loop; with a schema, on after an answer that does not fit, told why, in the same conversation. */
export function askLoop(llm: BaseLLM, schema: ReadSchema | undefined, options: ToolLoopOptions): Promise<AgentResult> {
  return withToolLoop(llm, options, async loop => {
    if (schema === undefined) {
      const { text, messages, usage } = await loop.run();
      return { raw: text, messages, usage, json: undefined, parsed: undefined };
    }
    let attempts = 0;
    const ask = async (feedback: string | undefined): Promise<ToolLoopResult & ObjectReply> => {
      attempts += 1;
      const result =
        feedback === undefined ? await loop.run() : await loop.continueWith(feedback, `object/${attempts}/`);
      return { ...result, finishReason: result.generation.finishReason };
    };
    try {
      const { value, json, reply } = await askForObject(schema, ask);
      return { raw: reply.text, messages: reply.messages, usage: reply.usage, json, parsed: value };
    } catch (thrown) {
      // One that the loop itself threw has said it.
      if (!CrewError.isInstance(thrown) || thrown.usage !== undefined) throw thrown;
      throw loop.attachRun(StructuredOutputError.isInstance(thrown) ? thrown : toRunError(thrown));
    }
  });
}
