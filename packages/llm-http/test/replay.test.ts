import { Agent, fallback, runToolLoop, tool } from '@crew/core';
import { json, type RecordedRequest, type Reply, startEndpoint, text } from '@crew/test-endpoint';
import { describe, expect, test } from 'vitest';
import { chatCompletions, HttpLLM } from '../src/index.ts';

type Wire = { readonly role: string; readonly [name: string]: unknown };

const lookUp = tool({
  name: 'look_up',
  description: 'Looks up.',
  parameters: { type: 'object' },
  execute: () => 'noon',
});
const STANDARD = ['role', 'content', 'tool_calls'];

function messagesOf({ json: body }: RecordedRequest): readonly Wire[] {
  return Reflect.get(Object(body), 'messages');
}

/** Returns a message of the model as a response, whole or as one delta, as the request asks. */
function reply(request: RecordedRequest, message: object, finish_reason: string): Reply {
  if (Reflect.get(Object(request.json), 'stream') !== true)
    return json({ choices: [{ index: 0, message, finish_reason }] });
  const chunk = JSON.stringify({ choices: [{ index: 0, delta: message, finish_reason }] });
  return { headers: { 'content-type': 'text/event-stream' }, body: `data: ${chunk}\n\ndata: [DONE]\n\n` };
}

const call = (fields: object): object => ({
  index: 0,
  id: '',
  type: 'function',
  function: { name: 'look_up', arguments: '{}' },
  ...fields,
});

/** A server that signs its calls and thinks, and rejects turns that lack what it put on them, as vendors document it. */
function strictServer(request: RecordedRequest): Reply {
  const turns = messagesOf(request).filter(({ role }) => role === 'assistant');
  const lacks = turns.findIndex(
    (turn, index) =>
      turn['reasoning_content'] !== `thought ${index}` ||
      !JSON.stringify(turn).includes(`"thought_signature":"s${index}"`),
  );
  if (lacks !== -1) return json({ error: { message: `turn ${lacks} lacks its fields` } }, { status: 400 });
  if (turns.length === 2) return reply(request, { content: 'At noon.' }, 'stop');
  const signature = { extra_content: { google: { thought_signature: `s${turns.length}` } } };
  const message = { content: null, reasoning_content: `thought ${turns.length}`, tool_calls: [call(signature)] };
  return reply(request, message, 'tool_calls');
}

/** A server that rejects every field that the standard API does not have. */
function standardServer(request: RecordedRequest): Reply {
  const foreign = messagesOf(request).flatMap(message =>
    message.role === 'assistant' ? Object.keys(message).filter(name => !STANDARD.includes(name)) : [],
  );
  return foreign.length > 0 ? json({ error: { message: `unknown: ${foreign}` } }, { status: 422 }) : text('At noon.');
}

describe('replay', () => {
  test.each([false, true])(
    'a server gets back what it put on each turn of a tool loop, streamed: %s [W1]',
    async stream => {
      await using endpoint = await startEndpoint({ respond: strictServer });
      await using llm = new HttpLLM({ endpoint: endpoint.url, model: 'thinker' });
      const { text: answer } = await runToolLoop(llm, { messages: 'When?', tools: [lookUp], stream });
      expect(answer).toBe('At noon.');
      expect(endpoint.requests).toHaveLength(3);
    },
  );

  test.each([
    ['thinker', 'standard'],
    [undefined, undefined],
    [undefined, 'standard'],
    ['thinker', undefined],
  ])('a fallback from model %s to %s sees no field of the other server [W1]', async (first, second) => {
    const replies: Reply[] = [];
    await using thinking = await startEndpoint({
      replies,
      respond: request => (thinking.requests.length > 1 ? { status: 503 } : strictServer(request)),
    });
    await using standard = await startEndpoint({ respond: standardServer });
    const llm = fallback([
      new HttpLLM({ endpoint: thinking.url, model: first, retry: { retries: 0 } }),
      new HttpLLM({ endpoint: standard.url, model: second }),
    ]);
    const { text: answer } = await runToolLoop(llm, { messages: 'When?', tools: [lookUp] });
    await llm.close();
    expect(answer).toBe('At noon.');
  });

  test('with never, a server that rejects its own fields does not get them [W1]', async () => {
    const thought = { content: null, reasoning_content: 'Hm.', tool_calls: [call({ id: 'a' })] };
    await using endpoint = await startEndpoint({
      respond: request =>
        endpoint.requests.length === 1 ? reply(request, thought, 'tool_calls') : standardServer(request),
    });
    const protocol = chatCompletions({ replay: 'never' });
    await using llm = new HttpLLM({ endpoint: endpoint.url, protocol });
    expect((await runToolLoop(llm, { messages: 'When?', tools: [lookUp] })).text).toBe('At noon.');
  });

  test('with always, every assistant message has its reasoning, if only an empty one [W1]', async () => {
    await using endpoint = await startEndpoint({ replies: [text('At noon.')] });
    const protocol = chatCompletions({ replay: 'always' });
    await using llm = new HttpLLM({ endpoint: endpoint.url, protocol });
    await llm.call([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'When?' },
    ]);
    const [request] = endpoint.requests;
    expect(request && messagesOf(request)[1]).toEqual({ role: 'assistant', content: 'Hello', reasoning_content: '' });
  });

  test('an unknown replay is a configuration error [W1]', () => {
    expect(() => chatCompletions({ replay: 'sometimes' as 'never' })).toThrow('replay of chatCompletions');
  });

  test('a turn that the server gave up on is repeated by the agent and never an answer [W4]', async () => {
    const half = { content: 'Half a sen', tool_calls: [call({ id: 'a' })] };
    await using endpoint = await startEndpoint({
      respond: request =>
        endpoint.requests.length === 1 ? reply(request, half, 'insufficient_system_resource') : text('At noon.'),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'Old.', llm, tools: [lookUp] });
    const answer = await agent.executeTask({ description: 'When is high tide?', expectedOutput: 'A time.' });
    expect(answer).toBe('At noon.');
    expect(endpoint.requests).toHaveLength(2);
  });
});
