import { type JsonObject, runToolLoop, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';
import { growth } from './count-steps.ts';

const numbers = { type: 'array', items: { type: 'number' } };
const withList = (list: JsonObject): JsonObject => ({ type: 'object', properties: { list } });
const wrong = (size: number): string =>
  JSON.stringify({ list: Array.from({ length: size }, (_, index) => `${index}`) });

/** Returns the result of a call with these arguments. */
const answerTo = async (parameters: JsonObject | z.ZodObject, input: string, functionCalling = true) => {
  const settings = { name: 'take', description: 'Takes.', execute: () => 'taken' };
  const take =
    parameters instanceof z.ZodObject ? tool({ ...settings, parameters }) : tool({ ...settings, parameters });
  const turn = functionCalling ? callsTo(['take', input]) : `Action: take\nAction Input: ${input}`;
  const llm = new ScriptedLLM([turn, functionCalling ? 'Done.' : 'Final Answer: Done.'], { functionCalling });
  const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [take] });
  return String(messages.findLast(message => message.role === 'tool')?.content);
};

describe('problems of a value', () => {
  it.each([
    ['with function calling', true],
    ['in the ReAct protocol', false],
  ])('finds the problems of arguments %s in linear time [X3]', async (_, native) => {
    expect(await growth(500, size => answerTo(withList(numbers), wrong(size), native))).toBeLessThan(10);
  });

  it('finds the problems of an object of generateObject in linear time [X3]', async () => {
    const ask = (size: number) =>
      new ScriptedLLM(() => wrong(size)).generateObject('Go', withList(numbers)).catch(error => error);
    expect(await growth(500, ask)).toBeLessThan(10);
  });

  it.each([
    ['a JSON Schema', withList(numbers)],
    ['a zod schema', z.object({ list: z.array(z.number()) })],
  ])('describes up to eight problems and counts the others, for %s [X3]', async (_, parameters) => {
    const answer = await answerTo(parameters, wrong(16_000));
    expect(answer).toMatch(/list.0: .*list.7: .*; and 15992 more/);
    expect(answer.length).toBeLessThan(1500);
  });

  it('shortens the problems of a verbose schema [X3]', async () => {
    const options = { enum: Array.from({ length: 5000 }, (_, index) => `option ${index}`) };
    expect((await answerTo(withList(options), '{"list":1}')).length).toBeLessThan(500);
  });
});

describe('untrusted schema', () => {
  it('checks uniqueItems in linear time, even for objects [X18]', async () => {
    const items = (size: number) =>
      JSON.stringify({ list: Array.from({ length: size }, (_, id) => ({ id: 10_000 + id, a: [10_000 + id] })) });
    expect(await growth(300, size => answerTo(withList({ uniqueItems: true }), items(size)))).toBeLessThan(10);
  });

  it.each([
    ['{"list":[{"a":1,"b":2},{"b":2,"a":1}]}', 'Duplicate items at indexes 0 and 1'],
    ['{"list":[1,"1",[1],{"1":1},true,null]}', 'taken'],
  ])('compares %s by value for uniqueItems [X18]', async (input, answer) => {
    expect(await answerTo(withList({ uniqueItems: true }), input)).toContain(answer);
  });

  it.each(['^(a+)+$', '^(a|a)*$', '^(?:a|aa)+$', '^(?=(a+)+b)', '(.*)(.*)(.*)(.*)c'])(
    'matches the pattern %s in linear time [X18]',
    async pattern => {
      const input = (size: number) => JSON.stringify({ list: `${'a'.repeat(size)}!` });
      expect(await growth(400, size => answerTo(withList({ pattern }), input(size)))).toBeLessThan(10);
      expect(await answerTo(withList({ pattern }), input(400))).toContain('does not match pattern');
    },
  );

  it.each([
    ['^[A-Z]{2,3}-\\d+$', ['AB-1', 'ABC-12'], ['A-1', 'ABCD-1', 'AB-']],
    ['^(?=.*\\d)(?!.*x).+$', ['a1'], ['a', 'a1x']],
    ['\\bcat\\b|^\\p{Lu}', ['a cat', 'É'], ['cats', 'é']],
    ['^[^@\\]]+@(?:\\w+\\.)*\\w+$', ['a@b.c'], ['a@', ']@b']],
    ['^.😀?\\u{61}$', ['x😀a', 'xa'], ['\na']],
  ])('matches the pattern %s like the built-in RegExp [X18]', async (pattern, fitting, others) => {
    for (const text of fitting)
      expect(await answerTo(withList({ pattern }), JSON.stringify({ list: text }))).toBe('taken');
    for (const text of others) {
      expect(await answerTo(withList({ pattern }), JSON.stringify({ list: text }))).toContain('does not match pattern');
    }
  });

  it.each(['(a)\\1', '(?<=a)b', '(?:a{100}){100}'])('rejects the pattern %s immediately [X18]', pattern => {
    const parameters = withList({ pattern });
    expect(() => tool({ name: 'take', description: 'Takes.', parameters, execute: () => '' })).toThrow('pattern');
  });

  it('aborts a check whose work doubles with each reference, with a message for the model [X18]', async () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => {
        const $ref = `#/$defs/d${index + 1}`;
        return [`d${index}`, { properties: { a: { allOf: [{ $ref }, { $ref }] } } }];
      }),
    );
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    expect(await answerTo({ type: 'object', $ref: '#/$defs/d0', $defs: { ...$defs, d40: {} } }, deep)).toContain(
      'takes too much work to check',
    );
  });

  it('checks the format url in linear time [X18]', async () => {
    const input = JSON.stringify({ list: `http://${'a'.repeat(60)}!` });
    expect(await answerTo(withList({ format: 'url' }), input)).toMatch(/taken|does not match format/);
  });
});
