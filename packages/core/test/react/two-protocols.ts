import type { AssistantTurn, BaseLLMOptions, TurnRequest } from '@crew/core';
import { ScriptedLLM } from '../scripted-llm.ts';

/** What a model decides in one turn: which tool it uses with what, or what it answers. */
export type Decision =
  | { readonly use: string; readonly input: unknown; readonly thought?: string }
  | { readonly answer: string };

/** A decision, or one that depends on the request. */
export type DecisionScript = readonly (Decision | ((request: TurnRequest) => Decision))[];

export type Protocol = 'native' | 'text';

/** A model that makes the scripted decisions, and says them natively or as text. */
export function decidingLLM(
  protocol: Protocol,
  script: DecisionScript,
  settings: BaseLLMOptions & { contextWindow?: number; stopWords?: boolean } = {},
): ScriptedLLM {
  const say = protocol === 'native' ? sayNatively : sayAsText;
  return new ScriptedLLM(
    script.map(
      decision => (request: TurnRequest) => say(typeof decision === 'function' ? decision(request) : decision),
    ),
    { ...settings, functionCalling: protocol === 'native' },
  );
}

function sayNatively(decision: Decision): AssistantTurn {
  if ('answer' in decision) return { text: decision.answer, finishReason: 'stop' };
  const call = { id: '', name: decision.use, arguments: JSON.stringify(decision.input) };
  return { text: decision.thought ?? '', toolCalls: [call], finishReason: 'tool-calls' };
}

function sayAsText(decision: Decision): AssistantTurn {
  if ('answer' in decision) {
    return { text: `Thought: I now know the final answer\nFinal Answer: ${decision.answer}`, finishReason: 'stop' };
  }
  const { thought, use, input } = decision;
  const said = thought === undefined ? '' : `Thought: ${thought}\n`;
  return { text: `${said}Action: ${use}\nAction Input: ${JSON.stringify(input)}`, finishReason: 'stop' };
}
