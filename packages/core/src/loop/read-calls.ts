import { isCutOff } from '../chat-completions/finish-reason.ts';
import { parseJson } from '../json.ts';
import { type FinishReason, withUniqueIds } from '../llm/turn.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import type { Reading } from './dialect.ts';

/** The calls of a turn, to be run; or, when the turn was cut off, answered "not run". */
export function readCalls(
  text: string,
  toolCalls: readonly ToolCall[],
  finishReason: FinishReason,
  takenIds: Set<string>,
): Reading {
  const calls = withUniqueIds(toolCalls, takenIds);
  if (isCutOff(finishReason)) return readCutOff(text, calls, finishReason);
  return { kind: 'calls', calls, assistant: { role: 'assistant', content: text, toolCalls: calls } };
}

/** A call that was cut off may mean something else than its beginning says: none of the turn is run. */
function readCutOff(text: string, calls: readonly ToolCall[], finishReason: FinishReason): Reading {
  const complete = calls.filter(isComplete);
  const notRun = `not run: the reply was cut off (${finishReason})`;
  if (complete.length > 0) {
    const answers = complete.map(call => answerCall(call, notRun));
    return {
      kind: 'feedback',
      messages: [{ role: 'assistant', content: text, toolCalls: complete }, ...answers],
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
    parseJson(call.arguments);
    return true;
  } catch {
    return false;
  }
}

/** The message that answers one call. */
export function answerCall(call: ToolCall, text: string): Message {
  return { role: 'tool', toolCallId: call.id, name: call.name, content: text };
}
