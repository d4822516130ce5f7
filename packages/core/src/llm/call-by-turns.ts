import { copyOptions } from '../errors/copy-options.ts';
import type { Clock } from '../execution/clock.ts';
import { runToolLoop } from '../loop/run-tool-loop.ts';
import type { Prompt } from '../messages/message.ts';
import type { BaseLLM } from './base-llm.ts';
import type { AssistantTurn } from './turn.ts';
import type { CallOptions } from './turn-options.ts';

/** What `call()` promises, for an LLM that overrides the hooks: the tool loop with functions, one turn without. */
export async function callByTurns(
  llm: BaseLLM,
  messages: Prompt,
  given: CallOptions | undefined,
  clock: Clock,
): Promise<string | AssistantTurn> {
  const options = given && copyOptions(given, ['availableFunctions', 'maxToolRounds', 'tools']);
  if (options?.availableFunctions !== undefined) return (await runToolLoop(llm, { ...options, messages, clock })).text;
  const generation = await llm.generate(messages, options);
  return options?.tools === undefined ? generation.text : generation;
}
