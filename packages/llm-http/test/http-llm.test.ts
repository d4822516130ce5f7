import { startEndpoint, text, toolCalls } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

const search = {
  name: 'search',
  description: 'Searches.',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};

describe('HttpLLM', () => {
  it('posts the conversation to the endpoint and resolves to the text', async () => {
    await using endpoint = await startEndpoint({ replies: [text('Hello!')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, model: 'some-model', temperature: 0.5, stop: 'END' });

    const reply: string = await llm.call('Say hello.');

    expect(reply).toBe('Hello!');
    expect(endpoint.requests[0]?.json).toEqual({
      model: 'some-model',
      messages: [{ role: 'user', content: 'Say hello.' }],
      stop: ['END'],
      temperature: 0.5,
    });
    endpoint.verify();
  });

  it('streams the same turn', async () => {
    await using endpoint = await startEndpoint({ replies: [text('Hello there')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const parts: string[] = [];
    for await (const part of llm.stream('Say hello.')) parts.push(part.type === 'text' ? part.text : part.type);
    expect(parts).toEqual(['Hello', ' there', 'finish']);
  });

  it('resolves to the tool calls when only tools are passed', async () => {
    await using endpoint = await startEndpoint({
      replies: [toolCalls([{ name: 'search', arguments: { query: 'crew' }, id: 'call_1' }])],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const turn = await llm.call('Find crew.', { tools: [search] });
    expect(turn).toMatchObject({ toolCalls: [{ id: 'call_1', name: 'search', arguments: '{"query":"crew"}' }] });
  });

  it('runs the tools itself when their functions are passed', async () => {
    await using endpoint = await startEndpoint({
      replies: [toolCalls([{ name: 'search', arguments: { query: 'crew' } }]), text('Found it.')],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const asked: unknown[] = [];
    const find = (input: object): string => {
      asked.push(input);
      return 'a result';
    };
    const availableFunctions = { search: find };
    const answer: string = await llm.call('Find crew.', { tools: [search], availableFunctions });
    expect(answer).toBe('Found it.');
    expect(asked).toEqual([{ query: 'crew' }]);
  });
});
