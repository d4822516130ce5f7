import type { Generation } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import type { DialectRequest, Reading, ToolDialect, TurnPlan } from './dialect.ts';
import { readCalls } from './read-calls.ts';

/** Tool calls as the provider's API carries them. */
export const nativeDialect: ToolDialect = {
  protocol: 'native',
  request: writeRequest,
  read: readTurn,
  find: (name, tools) => tools.find(tool => tool.name === name),
  finalRequest: prepareMessage(
    {
      role: 'user',
      content:
        'You have used all your tool calls. Give your final answer now, as complete as you can, from what you have ' +
        'learnt.',
    },
    0,
  ),
};

function writeRequest(messages: readonly Message[], plan: TurnPlan): DialectRequest {
  const { tools, forced, toolChoice, responseFormat, toolsInHistory } = plan;
  if (tools.length === 0 || (forced && !toolsInHistory)) return { messages, responseFormat };
  return { messages, responseFormat, tools, toolChoice: forced ? 'none' : toolChoice };
}

function readTurn(generation: Generation, _plan: TurnPlan, takenIds: Set<string>): Reading {
  const { text, toolCalls, finishReason } = generation;
  if (toolCalls.length > 0) return readCalls(text, toolCalls, finishReason, takenIds);
  return { kind: 'answer', text, assistant: { role: 'assistant', content: text } };
}
