import { runToolLoop, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';
import { growth } from './count-steps.ts';

const take = tool({ name: 'take', description: 'Takes.', parameters: { type: 'object' }, execute: () => 'taken' });

/** A length beyond the limits of repairs and searches, whose work is the same for every longer reply. */
const LENGTH = 12_000;
const rows: readonly string[] = [
  '[',
  '{',
  '[1,',
  '{"a":',
  '"',
  "'",
  '```\n',
  '```json\n{',
  '}',
  ' ',
  '\n',
  '\\',
  '{"a":1} ',
];

describe('long reply', () => {
  it.each(rows)('searches a long reply of %j for an object in linear time', async row => {
    const ask = (size: number) =>
      new ScriptedLLM(() => `So: ${row.repeat(size / row.length)}`)
        .generateObject('Go', { type: 'object', required: ['b'] }, { maxAttempts: 1 })
        .catch(error => error);
    expect(await growth(LENGTH, ask)).toBeLessThan(10);
  });

  it.each([
    ...rows,
    'Action: take\n',
    'Action: take\nAction Input: {\n',
    'Final Answer:\n',
    'Thought: x\n',
    'Observation: ',
  ])('parses a long reply of %j in the ReAct protocol in linear time', async row => {
    const read = async (size: number) => {
      const long = row.repeat(size / row.length);
      for (const reply of [
        long,
        `Action: take\nAction Input: {"a": ${long}`,
        `Action: take\nAction Input: {'a': '${long}`,
      ]) {
        const llm = new ScriptedLLM([reply, 'Final Answer: Done.'], { functionCalling: false });
        await runToolLoop(llm, { messages: 'Go', tools: [take], maxToolRounds: 1 }).catch(error => error);
      }
    };
    expect(await growth(LENGTH, read)).toBeLessThan(10);
  });
});
