// The examples of the document that Crew ports, without their faults: the JWT LLM and function calling.
import { generateKeyPairSync } from 'node:crypto';
import { Agent, type Message, ResponseError, Task, TimeoutError, tool } from '@crew/core';
import { JwtLLM } from '@crew/llm-jwt';
import {
  type Endpoint,
  json,
  type ManualClock,
  manualClock,
  neverAnswers,
  startEndpoint,
  status,
  text,
  toolCalls,
} from '@crew/llm-testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, verifying } from './verifying-endpoint.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let endpoint: Endpoint;
let llm: JwtLLM;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock();
  endpoint = await startEndpoint({ credential: verifying(privateKey, { issuer: 'crew', audience: 'llm' }, clock) });
  llm = new JwtLLM({
    endpoint: endpoint.url,
    model: 'large',
    temperature: 0.3,
    stop: ['END'],
    retry: { retries: 0 },
    mint: { key: privateKey, issuer: 'crew', audience: 'llm' },
    clock,
  });
});
afterEach(async () => {
  await llm.close();
  await endpoint.close();
});

const definition = {
  name: 'weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const availableFunctions = { weather: async ({ city }: { city: string }) => ({ city, degrees: 7 }) };
const sentMessages = (index: number): unknown => Object(endpoint.requests[index]?.json).messages;

describe("the document's JWT example", () => {
  it('lets an agent complete its task through an endpoint that verifies each token', async () => {
    endpoint.reply(toolCalls([{ name: 'search', arguments: { query: 'AI' } }]), text('It is moving fast.'));
    const search = tool({
      name: 'search',
      description: 'Searches.',
      parameters: { type: 'object', properties: { query: { type: 'string' } } },
      execute: ({ query }) => `News of ${String(query)}`,
    });
    const agent = new Agent({
      role: 'Research Assistant',
      goal: 'Find and analyze information',
      backstory: 'You are a research expert.',
      llm,
      tools: [search],
    });
    const task = new Task({ description: 'Find news of AI.', expectedOutput: 'A sentence.', agent });
    expect((await task.execute()).raw).toBe('It is moving fast.');
    expect(endpoint.requests).toHaveLength(2);
  });

  it('sends the model, the temperature and the stop words, no null values, and no tools if there are none', async () => {
    endpoint.reply(text('Hello.'));
    await llm.call('Hi');
    const { model, temperature, stop, ...rest } = Object(endpoint.requests[0]?.json);
    expect({ model, temperature, stop }).toEqual({ model: 'large', temperature: 0.3, stop: ['END'] });
    expect(Object.keys(rest)).toEqual(['messages']);
    expect(endpoint.requests[0]?.body).not.toContain('null');
  });

  it('reuses its connections for later calls', async () => {
    for (let call = 0; call < 20; call += 1) {
      endpoint.reply(text('Hello.'));
      await llm.call('Hi');
    }
    // A second connection is opened if a call starts in the event loop turn in which the previous one ended.
    expect(endpoint.connections.total).toBeLessThanOrEqual(2);
  });

  it('checks the status, the shape and the duration of a response', async () => {
    endpoint.reply(status(500), json({ unexpected: true }));
    expect(ResponseError.isInstance(await failure(llm.call('Hi')))).toBe(true);
    expect(await failure(llm.call('Hi'))).toMatchObject({ code: 'PROTOCOL' });
    endpoint.reply(neverAnswers());
    const late = failure(llm.call('Hi', { timeout: 20 }));
    await endpoint.nextRequest();
    await clock.advance(20);
    expect(TimeoutError.isInstance(await late)).toBe(true);
  });

  it('aborts a call when its signal is aborted', async () => {
    endpoint.reply(neverAnswers());
    const controller = new AbortController();
    const call = failure(llm.call('Hi', { signal: controller.signal }));
    const request = await endpoint.nextRequest();
    controller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED' });
    await endpoint.whenClosed(request);
  });

  it('does not show its token anywhere', async () => {
    endpoint.reply(text('Hello.'));
    await llm.call('Hi');
    const token = endpoint.requests[0]?.headers['authorization']?.split(' ')[1] ?? '';
    expect(token.split('.')).toHaveLength(3);
    expect(JSON.stringify(llm) + Object.values(llm).join()).not.toContain(token);
  });
});

describe("the document's function-calling example", () => {
  it('runs tools until the model returns text, and sends each turn before its results, which are JSON', async () => {
    endpoint.reply(
      toolCalls([
        { id: 'a', name: 'weather', arguments: { city: 'Oslo' } },
        { id: 'b', name: 'weather', arguments: { city: 'Rome' } },
      ]),
      toolCalls([{ id: 'c', name: 'weather', arguments: { city: 'Paris' } }]),
      text('Seven degrees everywhere.'),
    );
    const messages: Message[] = [{ role: 'user', content: 'How is the weather?' }];
    const sent = structuredClone(messages);
    const events: string[] = [];
    const answer = await llm.call(messages, {
      tools: [definition],
      availableFunctions,
      callbacks: [event => events.push(event.type)],
    });
    expect(answer).toBe('Seven degrees everywhere.');
    expect(messages).toEqual(sent);
    expect(events.filter(type => type === 'tool-finish')).toHaveLength(3);
    expect(sentMessages(2)).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] },
      { role: 'tool', tool_call_id: 'a', content: '{"city":"Oslo","degrees":7}' },
      { role: 'tool', tool_call_id: 'b', content: '{"city":"Rome","degrees":7}' },
      { role: 'assistant', tool_calls: [{ id: 'c' }] },
      { role: 'tool', tool_call_id: 'c', content: '{"city":"Paris","degrees":7}' },
    ]);
  });

  it('reports unknown tools and arguments that are not JSON to the model and continues', async () => {
    endpoint.reply(
      toolCalls([
        { id: 'a', name: 'stocks', arguments: {} },
        { id: 'b', name: 'weather', arguments: '{"city": ' },
      ]),
      text('Sorry.'),
    );
    expect(await llm.call('Hi', { tools: [definition], availableFunctions })).toBe('Sorry.');
    expect(sentMessages(1)).toMatchObject([
      {},
      {},
      { tool_call_id: 'a', content: expect.stringContaining('there is no tool "stocks"') },
      { tool_call_id: 'b', content: expect.stringContaining('not valid JSON') },
    ]);
  });

  it('returns the tool calls together with their text if there are no functions', async () => {
    endpoint.reply(toolCalls([{ id: 'a', name: 'weather', arguments: { city: 'Oslo' } }], { text: 'Let me look.' }));
    expect(await llm.call('Hi', { tools: [definition] })).toMatchObject({
      text: 'Let me look.',
      toolCalls: [{ id: 'a', name: 'weather', arguments: '{"city":"Oslo"}' }],
    });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('stops after the maximum number of tool rounds', async () => {
    for (let round = 0; round < 3; round += 1)
      endpoint.reply(toolCalls([{ name: 'weather', arguments: { city: 'O' } }]));
    const call = llm.call('Hi', { tools: [definition], availableFunctions, maxToolRounds: 2 });
    expect(await failure(call)).toMatchObject({ code: 'TOOL_LOOP' });
    expect(Object(endpoint.requests[2]?.json).tools).toBeUndefined();
  });
});
