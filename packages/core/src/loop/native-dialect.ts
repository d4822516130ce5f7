import type { Message, ToolCall } from '../message.ts';
import type { Generation } from '../turn.ts';
import { distinctIds } from '../turn-lifecycle.ts';
import type { Reading, ToolDialect, ToolOutcome } from './dialect.ts';

/** Tool calls as the provider's API carries them. */
export const nativeDialect: ToolDialect = {
  offer: tools => (tools.length === 0 ? {} : { tools }),
  read: readTurn,
  answer: outcomes => outcomes.map(answerCall),
  find: (name, tools) => tools.find(tool => tool.name === name),
  finalRequest:
    'You have used all your tool calls. Give your final answer now, as complete as you can, from what you have learnt.',
};

function readTurn(generation: Generation, takenIds: Set<string>): Reading {
  const { text, finishReason } = generation;
  if (generation.toolCalls.length === 0) {
    return { kind: 'answer', text, assistant: { role: 'assistant', content: text } };
  }
  const calls = distinctIds(generation.toolCalls, takenIds);
  if (finishReason === 'length' || finishReason === 'content-filter') return readCutOff(text, calls, finishReason);
  return { kind: 'calls', calls, assistant: { role: 'assistant', content: text, toolCalls: calls } };
}

/** A call that was cut off may mean something else than its beginning says: none of the turn is run. */
function readCutOff(text: string, calls: readonly ToolCall[], finishReason: string): Reading {
  const complete = calls.filter(isComplete);
  const notRun = `not run: the reply was cut off (${finishReason})`;
  if (complete.length > 0) {
    const outcomes = complete.map(call => ({ call, ok: false, text: notRun }));
    return {
      kind: 'feedback',
      messages: [{ role: 'assistant', content: text, toolCalls: complete }, ...outcomes.map(answerCall)],
    };
  }
  const remark: Message = {
    role: 'user',
    content: `Your tool calls were ${notRun}. Try again with shorter arguments, or answer.`,
  };
  return { kind: 'feedback', messages: text === '' ? [remark] : [{ role: 'assistant', content: text }, remark] };
}

function isComplete(call: ToolCall): boolean {
  if (call.name === '') return false;
  try {
    JSON.parse(call.arguments);
    return true;
  } catch {
    return false;
  }
}

function answerCall({ call, text }: ToolOutcome): Message {
  return { role: 'tool', toolCallId: call.id, name: call.name, content: text };
}
