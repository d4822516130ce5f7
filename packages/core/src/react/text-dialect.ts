import { isCutOff } from '../chat-completions/finish-reason.ts';
import type { FinishReason, Generation } from '../llm/turn.ts';
import type { DialectRequest, Reading, ToolDialect, TurnPlan } from '../loop/dialect.ts';
import { Instructions } from '../loop/instructions.ts';
import { readCalls } from '../loop/read-calls.ts';
import type { ToolProtocol } from '../loop/run-tool-loop.ts';
import type { Message } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';
import type { Tool } from '../tools/tool.ts';
import { findTool } from './find-tool.ts';
import { parseReply } from './parse-reply.ts';
import { readActionInput, readCutOffInput } from './read-action-input.ts';
import { malformedReply, TextHistory } from './render-history.ts';
import { toolInstructions } from './tool-instructions.ts';

/** The model would otherwise make up the tool's result and go on from there. */
const STOP = '\nObservation:';

const FINAL_REQUEST = prepareMessage(
  {
    role: 'user',
    content:
      'You have used all your tool calls: do not write another action. Reply with "Final Answer:" and your final ' +
      'answer after it, as complete as you can, from what you have learnt.',
  },
  0,
);

const FORM =
  'Reply with "Thought:", "Action:" and "Action Input:" (one JSON object) to use a tool, or with "Thought:" and ' +
  '"Final Answer:" to end.';

/**
 * Tool calls as text, for models without function calling: the ReAct form (Thought, Action, Action Input, Observation,
 * Final Answer) of Yao et al., "ReAct: Synergizing Reasoning and Acting in Language Models" (2022).
 */
export class TextDialect implements ToolDialect {
  readonly protocol: ToolProtocol = 'text';
  readonly finalRequest: Message = FINAL_REQUEST;
  readonly #history = new TextHistory();
  readonly #instructions = new Instructions();

  request(conversation: readonly Message[], plan: TurnPlan): DialectRequest {
    const messages = this.#history.write(conversation, plan.tools.length > 0);
    if (!speaksForm(plan)) return { messages, responseFormat: plan.responseFormat };
    if (plan.forced) return { messages, stop: STOP };
    const instructions = toolInstructions(plan.tools, plan.toolChoice, plan.responseFormat);
    return { messages: this.#instructions.into(messages, instructions), stop: STOP };
  }

  read(generation: Generation, plan: TurnPlan, takenIds: Set<string>): Reading {
    const { text, toolCalls, finishReason } = generation;
    if (toolCalls.length > 0) return readCalls(text, toolCalls, finishReason, takenIds);
    if (!speaksForm(plan)) return answer(text);
    const parsed = parseReply(text);
    if (parsed.kind === 'answer') return answer(parsed.text);
    if (parsed.kind === 'action') {
      const { thought, name, input } = parsed;
      const written = isCutOff(finishReason) ? readCutOffInput(input) : readActionInput(input);
      const call = { id: '', name: findTool(name, plan.tools)?.name ?? name, arguments: written };
      return readCalls(thought, [call], finishReason, takenIds);
    }
    if (plan.forced) return answer(text);
    return {
      kind: 'feedback',
      messages: [malformedReply(text), { role: 'user', content: feedback(parsed.missing, finishReason) }],
    };
  }

  find(name: string, tools: readonly Tool[]): Tool | undefined {
    return findTool(name, tools);
  }
}

/** Without tools there is no word of the form, and the reply is the answer. */
function speaksForm({ tools, toolChoice, forced }: TurnPlan): boolean {
  return tools.length > 0 && (forced || toolChoice !== 'none');
}

function answer(text: string): Reading {
  return { kind: 'answer', text, assistant: { role: 'assistant', content: text } };
}

function feedback(missing: string, finishReason: FinishReason): string {
  if (isCutOff(finishReason)) return `Your reply was cut off (${finishReason}). Be shorter. ${FORM}`;
  return `Your reply is in no form that can be used. ${missing} ${FORM}`;
}
