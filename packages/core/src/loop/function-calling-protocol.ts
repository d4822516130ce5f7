import { isCutOff } from '../chat-completions/finish-reason.ts';
import { parseJson } from '../json.ts';
import { type FinishReason, type Generation, withUniqueIds } from '../llm/turn.ts';
import { validToolName } from '../messages/call-identity.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import { parseActionInput } from '../react/action-input.ts';
import type { DecodedTurn, ModelRequest, ToolProtocol, TurnPlan } from './tool-protocol.ts';

/** The protocol that uses the fields of the provider's API for tools and tool calls. */
export const functionCallingProtocol: ToolProtocol = {
  name: 'function-calling',
  answerRequest: prepareMessage(
    {
      role: 'user',
      content:
        'You have used all your tool calls. Give your final answer now, as complete as you can, from what you have ' +
        'learnt.',
    },
    0,
  ),
  encode,
  decode,
  findTool: (name, tools) => tools.find(tool => tool.name === name),
};

function encode(messages: readonly Message[], plan: TurnPlan): ModelRequest {
  const { tools, forced, toolChoice, responseFormat, toolsInHistory } = plan;
  if (tools.length === 0 || (forced && !toolsInHistory)) return { messages, responseFormat };
  return { messages, responseFormat, tools, toolChoice: forced ? 'none' : toolChoice };
}

function decode(generation: Generation, _plan: TurnPlan, callIds: Set<string>): DecodedTurn {
  const { text, toolCalls, finishReason } = generation;
  if (toolCalls.length > 0) return decodeToolCalls(text, toolCalls, finishReason, callIds);
  return { kind: 'answer', text, assistant: { role: 'assistant', content: text } };
}

/** Decodes the tool calls of a turn. If the turn was cut off, they are answered "not run". */
export function decodeToolCalls(
  text: string,
  toolCalls: readonly ToolCall[],
  finishReason: FinishReason,
  callIds: Set<string>,
): DecodedTurn {
  const written = withUniqueIds(toolCalls, callIds);
  if (isCutOff(finishReason)) return rejectCutOffCalls(text, written, finishReason);
  const calls = written.map(call => ({ ...call, arguments: parseActionInput(call.arguments) }));
  return { kind: 'calls', calls, assistant: { role: 'assistant', content: text, toolCalls: calls.map(withValidName) } };
}

/** The beginning of a call can mean something other than the whole, so that no call of a cut-off turn is run. */
function rejectCutOffCalls(text: string, calls: readonly ToolCall[], finishReason: FinishReason): DecodedTurn {
  const complete = calls.filter(isComplete);
  const notRun = `not run: the reply was cut off (${finishReason})`;
  if (complete.length > 0) {
    const results = complete.map(call => toolResultMessage(call, notRun));
    return {
      kind: 'feedback',
      messages: [{ role: 'assistant', content: text, toolCalls: complete.map(withValidName) }, ...results],
    };
  }
  const note: Message = {
    role: 'user',
    content: `Your tool calls were ${notRun}. Try again with shorter arguments, or answer.`,
  };
  return { kind: 'feedback', messages: text === '' ? [note] : [{ role: 'assistant', content: text }, note] };
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

/** Returns the call as it goes into the conversation. Strict servers refuse a request with a name that a model invented. */
function withValidName(call: ToolCall): ToolCall {
  const name = validToolName(call.name);
  return name === call.name ? call : { ...call, name };
}

/** Returns the message that holds the result of a tool call. Some servers refuse a message without any text. */
export function toolResultMessage(call: ToolCall, text: string): Message {
  const content = text.trim() === '' ? '(no output)' : text;
  return { role: 'tool', toolCallId: call.id, name: validToolName(call.name), content };
}
