import { isCutOff } from '../chat-completions/finish-reason.ts';
import { parseJson } from '../json.ts';
import { type Generation, withUniqueIds } from '../llm/turn.ts';
import type { Message, ProviderData, ToolCall } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import { dataForCalls, dataMember } from '../messages/provider-data.ts';
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
  const { text, toolCalls, providerData } = generation;
  if (toolCalls.length > 0) return decodeToolCalls(generation, callIds);
  return { kind: 'answer', text, assistant: { role: 'assistant', content: text, ...dataMember(providerData) } };
}

/** The parts of a turn that contain its tool calls. */
type CallingTurn = Pick<Generation, 'text' | 'toolCalls' | 'finishReason' | 'providerData'>;

/** Decodes the tool calls of a turn. If the turn was cut off or is a refusal, they are answered "not run". */
export function decodeToolCalls(turn: CallingTurn, callIds: Set<string>): DecodedTurn {
  const { text, toolCalls, finishReason } = turn;
  const calls = withUniqueIds(toolCalls, callIds);
  const data = dataForCalls(turn.providerData, toolCalls, calls);
  if (isCutOff(finishReason)) return rejectCalls(text, calls, data, `the reply was cut off (${finishReason})`);
  if (finishReason === 'refusal') return rejectCalls(text, calls, data, 'the reply is a refusal');
  return { kind: 'calls', calls, assistant: assistantMessage(text, calls, data) };
}

/** The beginning of a call can mean something other than the whole, so that no call of a cut-off turn is run. */
function rejectCalls(
  text: string,
  calls: readonly ToolCall[],
  data: ProviderData | undefined,
  reason: string,
): DecodedTurn {
  const complete = calls.filter(isComplete);
  const notRun = `not run: ${reason}`;
  if (complete.length > 0) {
    const results = complete.map(call => toolResultMessage(call, notRun));
    const assistant = assistantMessage(text, complete, dataForCalls(data, calls, complete));
    return { kind: 'feedback', messages: [assistant, ...results] };
  }
  const note: Message = {
    role: 'user',
    content: `Your tool calls were ${notRun}. Try again with shorter arguments, or answer.`,
  };
  return { kind: 'feedback', messages: text === '' ? [note] : [{ role: 'assistant', content: text }, note] };
}

function assistantMessage(text: string, calls: readonly ToolCall[], data: ProviderData | undefined): Message {
  return { role: 'assistant', content: text, toolCalls: calls, ...dataMember(data) };
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

/** Returns the message that holds the result of a tool call. */
export function toolResultMessage(call: ToolCall, text: string): Message {
  return { role: 'tool', toolCallId: call.id, name: call.name, content: text };
}
