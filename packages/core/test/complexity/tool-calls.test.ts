import { type AssistantTurn, runToolLoop, type ToolCall, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { expectAnsweredOnce } from '../answered-once.ts';
import { ScriptedLLM } from '../scripted-llm.ts';
import { growth } from './count-steps.ts';

const echo = tool({ name: 'echo', description: 'Echoes.', parameters: { type: 'object' }, execute: () => 'done' });

const calling = (ids: readonly string[], input = '{}'): AssistantTurn => ({
  text: '',
  finishReason: 'tool-calls',
  toolCalls: ids.map((id): ToolCall => ({ id, name: 'echo', arguments: input })),
});

const run = async (turn: AssistantTurn, functionCalling = true) => {
  const llm = new ScriptedLLM([turn, functionCalling ? 'Done.' : 'Final Answer: Done.'], { functionCalling });
  return runToolLoop(llm, { messages: 'Go', tools: [echo] });
};

/** Ids of which half equal the other half with the suffixes that make them unique. */
const crafted = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => (index < count / 2 ? `x_${index}` : 'x'));

describe('tool calls of one turn', () => {
  it('gives tool calls with crafted ids unique ones in linear time [X2]', async () => {
    expect(await growth(500, size => run(calling(crafted(size))))).toBeLessThan(10);
  });

  it.each([true, false])('answers any number of tool calls in linear time, function calling %s [X13]', async native => {
    const many = (size: number) => calling(Array.from({ length: size }, (_, index) => `id-${index}`));
    expect(await growth(500, size => run(many(size), native))).toBeLessThan(10);
  });

  it('runs up to 128 tool calls of a turn, and answers the others with the reason [X13]', async () => {
    const { messages, toolCalls } = await run(calling(Array.from({ length: 300 }, () => '')));
    expect(toolCalls).toBe(128);
    expectAnsweredOnce(messages);
    const answers = messages.filter(message => message.role === 'tool').map(({ content }) => content);
    expect(answers.slice(0, 128).every(text => text === 'done')).toBe(true);
    expect(answers.slice(128).every(text => /not run.*128.*300/.test(String(text)))).toBe(true);
  });
});
