import { isCutOff } from '../chat-completions/finish-reason.ts';
import { parseJson } from '../json.ts';
import { type Generation, withUniqueIds } from '../llm/turn.ts';
import { validToolName } from '../messages/call-identity.ts';
import type { Message, ProviderData, ToolCall } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import { dataForCalls, dataMember } from '../messages/provider-data.ts';
import { parseActionInput } from '../react/action-input.ts';
import type { Tool } from '../tools/tool.ts';
import { inStrictOrder } from './conversation.ts';
import type { ToolProtocolName } from './tool-loop-options.ts';
import type { DecodedTurn, ModelRequest, ToolProtocol, TurnPlan } from './tool-protocol.ts';

/** Number of calls as text in a row that the model is told about. The next one is the answer. */
const MAX_CALLS_AS_TEXT = 3;

const ANSWER_REQUEST = prepareMessage(
  {
    role: 'user',
    content:
      'You have used all your tool calls. Give your final answer now, as complete as you can, from what you have ' +
      'learnt.',
  },
  0,
);

/** The protocol that uses the fields of the provider's API for tools and tool calls. One object serves one run. */
export class FunctionCallingProtocol implements ToolProtocol {
  readonly name: ToolProtocolName = 'function-calling';
  readonly answerRequest: Message = ANSWER_REQUEST;
  /** The replies since the last call that contained a call as text. */
  #callsAsText: readonly string[] = [];

  encode(conversation: readonly Message[], plan: TurnPlan): ModelRequest {
    const messages = inStrictOrder(conversation);
    const { tools, forced, toolChoice, responseFormat, toolsInHistory } = plan;
    if (tools.length === 0 || (forced && !toolsInHistory)) return { messages, responseFormat };
    return { messages, responseFormat, tools, toolChoice: forced ? 'none' : toolChoice };
  }

  decode(generation: Generation, plan: TurnPlan, callIds: Set<string>): DecodedTurn {
    const { text, toolCalls, providerData } = generation;
    if (toolCalls.length > 0 && !isAnswerBesideCalls(text, plan)) {
      this.#callsAsText = [];
      return decodeToolCalls(generation, callIds);
    }
    // Without its calls, a turn is no longer what the model said.
    const data = toolCalls.length > 0 ? {} : dataMember(providerData);
    const assistant: Message = { role: 'assistant', content: text, ...data };
    if (!plan.forced && this.#isMistaken(text, plan)) return { kind: 'feedback', messages: [assistant, CALL_AS_TEXT] };
    return { kind: 'answer', text, assistant };
  }

  findTool(name: string, tools: readonly Tool[]): Tool | undefined {
    return tools.find(tool => tool.name === name);
  }

  /** Returns true for a call as text, unless the model repeats it: an answer may be about such markup. */
  #isMistaken(text: string, plan: TurnPlan): boolean {
    if (!isCallAsText(text, plan)) return false;
    if (this.#callsAsText.length === MAX_CALLS_AS_TEXT || this.#callsAsText.includes(text)) return false;
    this.#callsAsText = [...this.#callsAsText, text];
    return true;
  }
}

const CALL_AS_TEXT = prepareMessage(
  {
    role: 'user',
    content:
      'Your reply contains a tool call as text. It was not run. To use a tool, call it through the function-calling ' +
      'interface; to answer, reply without tool call markup.',
  },
  0,
);

/** Returns true if the text of a turn counts, and its tool calls do not: no tools were offered, and an answer was required. */
export function isAnswerBesideCalls(text: string, { forced, tools, responseFormat }: TurnPlan): boolean {
  return text.trim() !== '' && (forced || (tools.length === 0 && responseFormat !== undefined));
}

/**
 * The beginning of a tool call in the markup of chat templates: `<tool_call>`, `<function=name>`, `<|tool_call|>`,
 * `[TOOL_CALLS]`, `<invoke name="...">`. Not after a back quote, as in an answer about such markup.
 */
const CALL_MARKUP =
  /(?<!`)(?:<[|\uff5c]?(?:\w{1,20}:)?(?:tool[_\u2581]?calls?|function[_\u2581]?calls?|function|invoke)(?:[_\u2581](?:begin|start))?\b[^<>\n]{0,99}>|\[TOOL_(?:CALLS?|REQUEST)\])/gi;

/** Characters that follow the markup and decide whether it is that of a call. */
const SIGN_LENGTH = 200;

/** Returns true if the text contains a call of an offered tool in markup, or is one JSON object with its name and arguments. */
function isCallAsText(text: string, { tools, toolChoice, responseFormat }: TurnPlan): boolean {
  if (tools.length === 0 || toolChoice === 'none') return false;
  const [match] = text.matchAll(CALL_MARKUP);
  if (match !== undefined) {
    const call = text.slice(match.index);
    const rest = call.slice(match[0].length, match[0].length + SIGN_LENGTH).trimStart();
    const isCall = /^[{[<]/.test(rest) || tools.some(({ name }) => rest.startsWith(name));
    return isCall && tools.some(({ name }) => call.includes(name));
  }
  return responseFormat === undefined && isCallAsJson(text, tools);
}

function isCallAsJson(text: string, tools: TurnPlan['tools']): boolean {
  try {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || !('name' in value)) return false;
    const hasArguments = 'arguments' in value || 'parameters' in value;
    return hasArguments && Object.keys(value).length <= 3 && tools.some(({ name }) => name === value.name);
  } catch {
    return false;
  }
}

/** The parts of a turn that contain its tool calls. */
type CallingTurn = Pick<Generation, 'text' | 'toolCalls' | 'finishReason' | 'providerData'>;

/** Decodes the tool calls of a turn. If the turn was cut off or is a refusal, they are answered "not run". */
export function decodeToolCalls(turn: CallingTurn, callIds: Set<string>): DecodedTurn {
  const { text, toolCalls, finishReason } = turn;
  const written = withUniqueIds(toolCalls, callIds);
  const data = dataForCalls(turn.providerData, toolCalls, written);
  if (isCutOff(finishReason)) return rejectCalls(text, written, data, `the reply was cut off (${finishReason})`);
  if (finishReason === 'refusal') return rejectCalls(text, written, data, 'the reply is a refusal');
  const calls = written.map(call => ({ ...call, arguments: parseActionInput(call.arguments) }));
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
  return { role: 'assistant', content: text, toolCalls: calls.map(withValidName), ...dataMember(data) };
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
