import { isCutOff } from '../chat-completions/finish-reason.ts';
import { parseJson } from '../json.ts';
import type { ConditionalStopWord } from '../llm/stop-words.ts';
import type { FinishReason, Generation } from '../llm/turn.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import { InstructionInserter } from '../loop/conversation.ts';
import { decodeToolCalls, isAnswerBesideCalls } from '../loop/function-calling-protocol.ts';
import type { ToolProtocolName } from '../loop/tool-loop-options.ts';
import type { DecodedTurn, ModelRequest, ToolProtocol, TurnPlan } from '../loop/tool-protocol.ts';
import type { Message } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import type { Tool } from '../tools/tool.ts';
import { parseActionInput, parseCutOffInput } from './action-input.ts';
import { HistoryRenderer, malformedReply } from './history-renderer.ts';
import { endsInAction, parseReply, plainAnswer } from './parse-reply.ts';

/** Prevents the model from inventing the result of the tool. An answer may have such a line. */
const STOP: ConditionalStopWord = { word: '\nObservation:', endsAfter: endsInAction };

const ANSWER_REQUEST = prepareMessage(
  {
    role: 'user',
    content:
      'You have used all your tool calls: do not write another action. Reply with "Final Answer:" and your final ' +
      'answer after it, as complete as you can, from what you have learnt.',
  },
  0,
);

/** Number of different plain replies to which the model receives feedback. The next one is the answer. */
const MAX_PLAIN_REPLIES = 2;

const FORM =
  'Reply with "Thought:", "Action:" and "Action Input:" (one JSON object) to use a tool, or with "Thought:" and ' +
  '"Final Answer:" to end.';

/**
 * The protocol that writes tool calls as text, for models without function calling. It uses the ReAct form (Thought,
 * Action, Action Input, Observation, Final Answer) of Yao et al., "ReAct: Synergizing Reasoning and Acting in Language
 * Models" (2022).
 */
export class ReActProtocol implements ToolProtocol {
  readonly name: ToolProtocolName = 'react';
  readonly answerRequest: Message = ANSWER_REQUEST;
  readonly #renderer = new HistoryRenderer();
  readonly #instructions = new InstructionInserter();
  /** The plain replies since the last action, without differences in white space. */
  #plainReplies: readonly string[] = [];

  encode(conversation: readonly Message[], plan: TurnPlan): ModelRequest {
    const messages = this.#renderer.render(conversation, plan.tools.length > 0);
    if (!usesForm(plan)) return { messages, responseFormat: plan.responseFormat };
    if (plan.forced) return { messages, responseFormat: plan.responseFormat };
    return { messages: this.#instructions.insert(messages, toolInstructions(plan)), conditionalStop: STOP };
  }

  decode(generation: Generation, plan: TurnPlan, callIds: Set<string>): DecodedTurn {
    const { text, toolCalls, finishReason } = generation;
    if (toolCalls.length > 0 && !isAnswerBesideCalls(text, plan)) return decodeToolCalls(generation, callIds);
    if (!usesForm(plan)) return answer(text);
    if (plan.forced && plan.responseFormat !== undefined && isJson(text)) return answer(text);
    const reply = parseReply(text);
    if (reply.kind === 'answer') return answer(reply.text);
    if (reply.kind === 'action') {
      this.#plainReplies = [];
      const { thought, name, input } = reply;
      const tool = this.findTool(name, plan.tools);
      // The name of no tool beside an answer means that no tool is needed, such as "Action: none".
      if (reply.answer !== undefined && (plan.forced || tool === undefined)) return answer(reply.answer);
      const json = isCutOff(finishReason) ? parseCutOffInput(input) : parseActionInput(input);
      const call = { id: '', name: tool?.name ?? name, arguments: json };
      return decodeToolCalls({ text: thought, toolCalls: [call], finishReason }, callIds);
    }
    if (plan.forced || (reply.isPlain && this.#insistsOn(text, finishReason))) return answer(plainAnswer(text));
    return {
      kind: 'feedback',
      messages: [malformedReply(text), { role: 'user', content: feedback(reply.problem, finishReason) }],
    };
  }

  /** Returns true if the model has given this plain reply before, or has ignored the form twice. */
  #insistsOn(text: string, finishReason: FinishReason): boolean {
    if (isCutOff(finishReason)) return false;
    const reply = text.trim().replaceAll(/\s+/g, ' ');
    if (this.#plainReplies.length === MAX_PLAIN_REPLIES || this.#plainReplies.includes(reply)) return true;
    this.#plainReplies = [...this.#plainReplies, reply];
    return false;
  }

  /**
   * Returns the tool of that name, regardless of case and separators: "Web Search" is `web_search`. Returns undefined if
   * two tools match; the model then receives their names, instead of running one of them by chance.
   */
  findTool(name: string, tools: readonly Tool[]): Tool | undefined {
    const exact = tools.find(tool => tool.name === name);
    if (exact) return exact;
    const normalised = normaliseName(name);
    const [match, another] = normalised === '' ? [] : tools.filter(tool => normaliseName(tool.name) === normalised);
    return another === undefined ? match : undefined;
  }
}

function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Returns true if the reply must use the ReAct form. Otherwise the whole reply is the answer. */
function usesForm({ tools, toolChoice, forced }: TurnPlan): boolean {
  return tools.length > 0 && (forced || toolChoice !== 'none');
}

/** Returns true if the text is one JSON value, whose strings may contain labels. */
function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

function answer(text: string): DecodedTurn {
  return { kind: 'answer', text, assistant: { role: 'assistant', content: text } };
}

function feedback(problem: string, finishReason: FinishReason): string {
  if (isCutOff(finishReason)) return `Your reply was cut off (${finishReason}). Be shorter. ${FORM}`;
  return `Your reply is in no form that can be used. ${problem} ${FORM}`;
}

/** Returns the part of the prompt that lists the tools and explains the form. */
function toolInstructions({ tools, toolChoice, responseFormat }: TurnPlan): string {
  const listing = tools.map(
    ({ name, description, parameters }) =>
      `Tool: ${name}\nDescription: ${description}\nArguments (JSON Schema): ${JSON.stringify(parameters)}`,
  );
  return [
    `You have these tools and no others:\n\n${listing.join('\n\n')}`,
    'To use a tool, reply in exactly this form and stop after the input:\n\n' +
      'Thought: what you think and what you do next\n' +
      `Action: the name of one tool, one of: ${tools.map(tool => tool.name).join(', ')}\n` +
      "Action Input: the tool's arguments as one JSON object on one line",
    'You are then told the result after "Observation:". Never write an observation yourself. Use one tool in a reply, ' +
      'and as many replies as you need.',
    'When you know the answer, reply in exactly this form:\n\n' +
      'Thought: I now know the final answer\n' +
      'Final Answer: the complete answer to the task',
    ...choiceSentence(toolChoice),
    ...formatSentence(responseFormat),
  ].join('\n\n');
}

function choiceSentence(choice: TurnOptions['toolChoice']): readonly string[] {
  if (typeof choice === 'object') return [`Use the tool ${choice.name} now.`];
  return choice === 'required' ? ['Use a tool now.'] : [];
}

/** Describes the response format in words: if the provider enforced it, the reply could contain no labels. */
function formatSentence(format: TurnOptions['responseFormat']): readonly string[] {
  if (format === undefined) return [];
  return [
    `What follows "Final Answer:" must be one JSON value that fits this JSON Schema: ${JSON.stringify(format.schema)}`,
  ];
}
