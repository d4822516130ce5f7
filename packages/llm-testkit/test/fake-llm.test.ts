import { CrewError, RateLimitError, runToolLoop, type StreamPart, tool } from '@crew/core';
import { fakeLLM } from '@crew/llm-testkit';
import { expect, it } from 'vitest';

const add = tool({
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object' },
  execute: ({ a, b }) => Number(a) + Number(b),
});

it('replies with the scripted turns in order', async () => {
  await using llm = fakeLLM([
    { text: '', toolCalls: [{ id: '1', name: 'add', arguments: '{"a":1,"b":2}' }] },
    request => `The sum is ${request.messages.at(-1)?.content}.`,
  ]);
  const { text } = await runToolLoop(llm, { messages: 'What is 1 + 2?', tools: [add] });
  expect(text).toBe('The sum is 3.');
  expect(llm.requests[0]?.tools?.map(({ name }) => name)).toEqual(['add']);
});

it('throws a scripted error', async () => {
  await using llm = fakeLLM([new RateLimitError('Slow down.'), 'ok']);
  await expect(llm.generate('Hi')).rejects.toThrow('Slow down.');
  expect((await llm.generate('Hi')).text).toBe('ok');
});

it('streams text, reasoning and tool calls', async () => {
  const llm = fakeLLM([{ text: 'two words', reasoning: 'hm', toolCalls: [{ id: '1', name: 'add', arguments: '{}' }] }]);
  const types: StreamPart['type'][] = [];
  for await (const part of llm.stream('Hi')) types.push(part.type);
  expect(types).toEqual(['reasoning', 'text', 'text', 'tool-call-start', 'tool-call-arguments', 'finish']);
});

it('throws when more turns are requested than are scripted', async () => {
  const llm = fakeLLM(['one']);
  await llm.generate('Hi');
  await expect(llm.generate('Hi')).rejects.toThrow('fakeLLM was called for turn 2, but 1 turn is scripted.');
  expect(() => llm.assertUsed()).toThrow(CrewError);
});

it('throws when scripted turns were not used', async () => {
  const llm = fakeLLM(['one', 'two']);
  await llm.generate('Hi');
  expect(() => llm.assertUsed()).toThrow('fakeLLM was called for 1 turn, but 2 turns are scripted.');
  await expect(llm[Symbol.asyncDispose]()).rejects.toThrow('2 turns are scripted');
});

it('reports the capabilities that its options set', () => {
  const llm = fakeLLM([], { functionCalling: false, stopWords: false, contextWindow: 100, model: 'm' });
  expect([llm.supportsFunctionCalling(), llm.supportsStopWords(), llm.getContextWindowSize(), llm.model]).toEqual([
    false,
    false,
    100,
    'm',
  ]);
});

it('implements call() like any LLM', async () => {
  expect(await fakeLLM(['hello']).call('Hi')).toMatchObject({ text: 'hello' });
});
