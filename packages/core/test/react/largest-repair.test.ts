import { runToolLoop, tool } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { lastText, ScriptedLLM } from '../scripted-llm.ts';

/** Returns the inputs that a tool received from an action input of a length, with a superfluous comma. */
async function inputsOf(length: number) {
  const inputs: unknown[] = [];
  const search = tool({
    name: 'web_search',
    description: 'Searches the web.',
    parameters: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
    execute: input => {
      inputs.push(input);
      return 'found it';
    },
  });
  const written = `{"q": "${'x'.repeat(length - 10)}",}`;
  expect(written).toHaveLength(length);
  const script = [`Action: web_search\nAction Input: ${written}`, 'Final Answer: done'];
  const llm = new ScriptedLLM(script, { functionCalling: false });
  const { text } = await runToolLoop(llm, { messages: 'What is it?', tools: [search] });
  expect(text).toBe('done');
  return { inputs, observation: lastText(llm.requests[1]) };
}

describe('repair of an action input', () => {
  test('repairs the JSON of an action input of up to 8,192 characters, and reports longer input to the model', async () => {
    expect((await inputsOf(8_192)).inputs).toEqual([{ q: 'x'.repeat(8_182) }]);
    const { inputs, observation } = await inputsOf(8_193);
    expect(inputs).toEqual([]);
    expect(observation).toContain('JSON');
  });
});
