import type { AssistantTurn, BaseLLMOptions, ToolProtocolName, TurnRequest } from '@crew/core';
import { ScriptedLLM } from '../scripted-llm.ts';

/** A decision of a model in one turn: a tool and its input, or an answer. */
export type Decision =
  | { readonly use: string; readonly input: unknown; readonly thought?: string }
  | { readonly answer: string };

/** Decisions, or functions that return a decision for a request. */
export type DecisionScript = readonly (Decision | ((request: TurnRequest) => Decision))[];

/** Returns a model that makes the scripted decisions, in either tool protocol. */
export function decidingLLM(
  protocol: ToolProtocolName,
  script: DecisionScript,
  settings: BaseLLMOptions & { contextWindow?: number; stopWords?: boolean } = {},
): ScriptedLLM {
  const toTurn = protocol === 'function-calling' ? toFunctionCallingTurn : toReActTurn;
  return new ScriptedLLM(
    script.map(
      decision => (request: TurnRequest) => toTurn(typeof decision === 'function' ? decision(request) : decision),
    ),
    { ...settings, functionCalling: protocol === 'function-calling' },
  );
}

function toFunctionCallingTurn(decision: Decision): AssistantTurn {
  if ('answer' in decision) return { text: decision.answer, finishReason: 'stop' };
  const call = { id: '', name: decision.use, arguments: JSON.stringify(decision.input) };
  return { text: decision.thought ?? '', toolCalls: [call], finishReason: 'tool-calls' };
}

function toReActTurn(decision: Decision): AssistantTurn {
  if ('answer' in decision) {
    return { text: `Thought: I now know the final answer\nFinal Answer: ${decision.answer}`, finishReason: 'stop' };
  }
  const { thought, use, input } = decision;
  const thoughtLine = thought === undefined ? '' : `Thought: ${thought}\n`;
  return { text: `${thoughtLine}Action: ${use}\nAction Input: ${JSON.stringify(input)}`, finishReason: 'stop' };
}
