import { type BaseLLM, ConfigurationError, type JsonObject, runToolLoop, type Tool, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';

const settings = { name: 'take', description: 'Takes.' };
const parameters: JsonObject = { type: 'object' };
const take = tool({ ...settings, parameters, execute: () => 'taken' });

const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const nested = (depth: number): JsonObject => {
  let value: JsonObject = {};
  for (let level = 0; level < depth; level += 1) value = { not: value };
  return value;
};

const answers = async (llm: BaseLLM, tools: readonly Tool[] = [take]): Promise<string> => {
  const { messages, text } = await runToolLoop(llm, { messages: 'Go', tools });
  expect(text).toBe('Done.');
  return messages.flatMap(({ role, content }) => (role === 'tool' ? [String(content)] : [])).join('\n');
};

describe.each([9000, 100_000])('JSON nested %i levels deep', depth => {
  it.each([
    ['lists', `{"list":${lists(depth)}}`],
    ['objects', objects(depth)],
    ['lists without an end', `{"list":${'['.repeat(depth)}`],
  ])('too deeply nested %s as arguments are answered with the reason [X10]', async (_, input) => {
    const native = await answers(new ScriptedLLM([callsTo(['take', input]), 'Done.']));
    expect(native).toContain('nested more than 512 levels deep');
    const written = [`Action: take\nAction Input: ${input}`, 'Final Answer: Done.'];
    const text = await answers(new ScriptedLLM(written, { functionCalling: false }));
    expect(text).toContain('nested more than 512 levels deep');
  });

  it('a too deeply nested JSON string in the text protocol is answered with the reason [X10]', async () => {
    const written = [`Action: take\nAction Input: ${JSON.stringify(objects(depth))}`, 'Final Answer: Done.'];
    expect(await answers(new ScriptedLLM(written, { functionCalling: false }))).toContain('Error: The arguments');
  });

  it('a too deeply nested structured reply is reported to the model, which may correct it [X10]', async () => {
    const llm = new ScriptedLLM([objects(depth), `\`\`\`json\n${lists(depth)}\n\`\`\``, '{"a":1}']);
    const { object } = await llm.generateObject('Go', z.object({ a: z.number() }));
    expect(object).toEqual({ a: 1 });
    expect(JSON.stringify(llm.requests[1]?.messages)).toContain('nested more than 512 levels deep');
  });

  it('a too deeply nested tool result is cut with a note [X10]', async () => {
    const deep = tool({ ...settings, parameters, execute: () => nested(depth) });
    expect(await answers(new ScriptedLLM([callsTo(['take', {}]), 'Done.']), [deep])).toContain('[too deep]');
  });

  it('a too deeply nested JSON Schema is a ConfigurationError with the reason [X10]', async () => {
    const schema = nested(depth);
    const make = () => tool({ ...settings, parameters: schema, execute: () => '' });
    expect(make).toThrow(/nested more than 512 levels deep/);
    expect(make).toThrow(ConfigurationError);
    const asked = new ScriptedLLM(['{}']).generateObject('Go', schema);
    await expect(asked).rejects.toThrow(/nested more than 512 levels deep/);
    const handMade = { ...take, parameters: schema };
    const run = runToolLoop(new ScriptedLLM(['Done.']), { messages: 'Go', tools: [handMade] });
    await expect(run).rejects.toThrow(/nested more than 512 levels deep/);
  });
});

describe('JSON nested hundreds of levels deep', () => {
  const recursive: JsonObject = { type: 'object', properties: { a: { anyOf: [{ $ref: '#' }, { type: 'number' }] } } };

  it.each([
    ['a plain schema', parameters, 500],
    ['a schema that refers to itself', recursive, 200],
  ])('deeply nested arguments reach the tool through %s [X10]', async (_, schema, depth) => {
    const taking = tool({ ...settings, parameters: schema, execute: () => 'taken' });
    expect(await answers(new ScriptedLLM([callsTo(['take', objects(depth)]), 'Done.']), [taking])).toBe('taken');
  });

  it('arguments that need three schemas per level are answered with the reason [X10]', async () => {
    const taking = tool({ ...settings, parameters: recursive, execute: () => 'taken' });
    const answer = await answers(new ScriptedLLM([callsTo(['take', objects(510)]), 'Done.']), [taking]);
    expect(answer).toContain('nested too deep for its schema');
  });

  it('a deeply nested schema checks the levels that it can reach [X10]', async () => {
    const taking = tool({ ...settings, parameters: { properties: { a: nested(200) } }, execute: () => 'taken' });
    expect(await answers(new ScriptedLLM([callsTo(['take', { a: 1 }]), 'Done.']), [taking])).toMatch(/taken|Error/);
  });
});
