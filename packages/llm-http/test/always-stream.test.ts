import { ConfigurationError, runToolLoop, tool } from '@crew/core';
import { errorBody, noDone, resetAfter, startEndpoint, status, text, toolCalls } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { chatCompletions, HttpLLM } from '../src/index.ts';

const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => 'Shelf 3' });

const EVENTS =
  'data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}\n\n' +
  'data: {"id":"1","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}],' +
  '"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\ndata: [DONE]\n\n';

describe('alwaysStream', () => {
  it('a model that only streams answers call, generate, generateObject and the tool loop [W20]', async () => {
    const only = errorBody(400, { message: 'This model only supports stream mode.' });
    const replies = [text('Hello', { usage: { prompt_tokens: 3, completion_tokens: 5 } }), text('Hello')];
    replies.push(text('{"n":1}'), toolCalls([{ name: 'find', arguments: {} }]), text('Shelf 3'));
    await using endpoint = await startEndpoint({
      respond: ({ json }) => (Object(json).stream === true ? (replies.shift() ?? text('none')) : only),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, alwaysStream: true });
    const generation = await llm.generate('Hello');
    expect(generation).toMatchObject({ text: 'Hello', finishReason: 'stop' });
    expect(generation.usage).toMatchObject({ inputTokens: 3, outputTokens: 5 });
    expect(await llm.call('Hello')).toBe('Hello');
    const schema = { type: 'object', properties: { n: { type: 'number' } } };
    expect((await llm.generateObject('Count', schema)).object).toEqual({ n: 1 });
    expect((await runToolLoop(llm, { messages: 'Find it', tools: [find] })).text).toBe('Shelf 3');
    expect(endpoint.requests).toHaveLength(5);
  });

  it('a whole reply to a request for a stream is read [W20]', async () => {
    const body = { choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }] };
    await using endpoint = await startEndpoint({ respond: () => status(200, { body }) });
    await using llm = new HttpLLM({ endpoint: endpoint.url, alwaysStream: true });
    expect(await llm.call('Hello')).toBe('Hello');
  });

  it('failures before the stream are retried, and the connection is free afterwards [W20]', async () => {
    await using endpoint = await startEndpoint({ replies: [status(503), noDone(text('a')), text('b')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, alwaysStream: true, retry: { baseDelay: 0 } });
    expect([await llm.call('Hello'), await llm.call('Hello')]).toEqual(['a', 'b']);
    endpoint.verify();
  });

  it('a gathered stream that breaks off is requested again, because nobody has seen a part of it [W20]', async () => {
    const broken = status(200, {
      headers: { 'content-type': 'text/event-stream' },
      body: 'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n',
    });
    await using endpoint = await startEndpoint({
      replies: [broken, resetAfter(text('Hello there'), 1), text('Hello')],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, alwaysStream: true, retry: { baseDelay: 0 } });
    expect(await llm.call('Hello')).toBe('Hello');
    expect(endpoint.requests).toHaveLength(3);
  });

  it('a stream of a custom protocol without a finish part is a ProtocolError [W20]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const protocol = { ...chatCompletions(), async *decodeEvents() {} };
    await using llm = new HttpLLM({ endpoint: endpoint.url, alwaysStream: true, protocol });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it.each(['yes', 1])('the option %j is a ConfigurationError that names it [W20]', value => {
    const options = { endpoint: 'http://127.0.0.1:9/v1', alwaysStream: value };
    expect(() => Reflect.construct(HttpLLM, [options])).toThrow(ConfigurationError);
    expect(() => Reflect.construct(HttpLLM, [options])).toThrow('alwaysStream');
  });
});

describe('an event stream in answer to a plain request', () => {
  it.each([
    ['its content type', 'text/event-stream; charset=utf-8', EVENTS],
    ['its content type, behind a comment', 'Text/Event-Stream', `: ping\n\n${EVENTS}`],
    ['its events, under another content type', 'application/json', EVENTS],
    ['its events, behind a comment and spaces', 'text/plain', `\n: ping\n\n${EVENTS}`],
    ['its events with names', 'application/octet-stream', EVENTS.replaceAll('data: {', 'event: message\ndata: {')],
  ])('is read when it is known by %s [W20]', async (_how, type, body) => {
    await using endpoint = await startEndpoint({
      respond: () => status(200, { headers: { 'content-type': type }, body }),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const turn = await llm.generate('Hello');
    expect(turn).toMatchObject({ text: 'Hello', finishReason: 'stop' });
    expect(turn.usage).toMatchObject({ inputTokens: 3, outputTokens: 5 });
    expect(endpoint.requests).toHaveLength(1);
    expect(Object(endpoint.requests[0]?.json).stream).toBeUndefined();
  });

  it('a JSON reply under the content type of an event stream is read [W20]', async () => {
    const body = '{"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}';
    const reply = status(200, { headers: { 'content-type': 'text/event-stream' }, body });
    await using endpoint = await startEndpoint({ respond: () => reply });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    expect(await llm.call('Hello')).toBe('Hello');
  });

  it('a stream that breaks off is an error with the text so far [W20]', async () => {
    const body = 'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n';
    for (const type of ['text/event-stream', 'application/json']) {
      const reply = status(200, { headers: { 'content-type': type }, body });
      await using endpoint = await startEndpoint({ respond: () => reply });
      await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 } });
      await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION', partialText: 'Hel' });
    }
  });
});
