import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  contextOverflow,
  type Endpoint,
  errorBody,
  errorEvent,
  errorMidStream,
  html,
  json,
  quotaExhausted,
  type Reply,
  rateLimited,
  redirect,
  reshaped,
  sse,
  startEndpoint,
  status,
  text,
  toolCalls,
  trackResources,
} from '../src/index.ts';
import { eventsOf, post, type Received } from './client.ts';

const resources = trackResources();
let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(async () => {
  await endpoint.close();
  await resources.check();
});

function answer(reply: Reply, body: object = {}): Promise<Received> {
  endpoint.reply(reply);
  return post(endpoint, body);
}

async function answerJson(reply: Reply, body: object = {}): Promise<Record<string, unknown>> {
  return JSON.parse((await answer(reply, body)).body);
}

interface Chunk {
  readonly id: string;
  readonly usage?: unknown;
  readonly choices: readonly { readonly delta: Record<string, unknown>; readonly finish_reason?: string | null }[];
}

/** Returns the chunks of a streamed reply, without `[DONE]`. */
async function answerChunks(reply: Reply, body: object = {}): Promise<Chunk[]> {
  const events = eventsOf((await answer(reply, { stream: true, ...body })).body);
  expect(events.pop()).toBe('[DONE]');
  return events as Chunk[];
}

const contents = (chunks: Chunk[], field = 'content') =>
  chunks.map(({ choices }) => choices[0]?.delta[field]).filter(part => typeof part === 'string' && part !== '');

describe('text()', () => {
  test('sends a chat completion with an estimate of its usage', async () => {
    const received = await answer(text('Hello there'), { model: 'small' });
    expect(received.headers['content-type']).toBe('application/json');
    expect(Number(received.headers['content-length'])).toBe(received.body.length);
    expect(JSON.parse(received.body)).toEqual({
      id: expect.stringMatching(/^chatcmpl-\d+$/u),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'small',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    });
  });

  test('accepts id, model, headers, reasoning, finish reason and usage', async () => {
    const usage = { prompt_tokens: 7, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } };
    const options = {
      id: 'x1',
      model: 'big',
      reasoning: 'hm',
      finishReason: 'length',
      usage,
      headers: { 'x-request-id': 'r1' },
    };
    const received = await answer(text('cut o', options), { model: 'small' });
    expect(received.headers['x-request-id']).toBe('r1');
    expect(JSON.parse(received.body)).toMatchObject({
      id: 'x1',
      model: 'big',
      choices: [{ message: { content: 'cut o', reasoning_content: 'hm' }, finish_reason: 'length' }],
      usage: { ...usage, total_tokens: 9 },
    });
  });

  test('omits usage and finish reason when they are null', async () => {
    const body = await answerJson(text('x', { usage: null, finishReason: null }));
    expect(body).not.toHaveProperty('usage');
    expect(body['choices']).toEqual([{ index: 0, message: { role: 'assistant', content: 'x' } }]);
  });

  test('streams word by word when the request asks for a stream', async () => {
    const chunks = await answerChunks(text('Hello big  world\n', { reasoning: 'let me' }));
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(contents(chunks, 'reasoning_content')).toEqual(['let', ' me']);
    expect(contents(chunks)).toEqual(['Hello', ' big', '  world', '\n']);
    expect(chunks.at(-1)?.choices[0]).toEqual({ index: 0, delta: {}, finish_reason: 'stop' });
    expect(chunks.every(chunk => !('usage' in chunk))).toBe(true);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  test('streams the given deltas with one event per chunk', async () => {
    const received = await answer(text('abcd', { deltas: ['a', 'bcd'] }), { stream: true });
    expect(received.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'transfer-encoding': 'chunked',
    });
    expect(received.chunks.map(String).every(chunk => /^data: .*\n\n$/u.test(chunk))).toBe(true);
    expect(received.chunks).toHaveLength(5);
  });

  test('sends usage in a separate chunk when include_usage is set, and null before', async () => {
    const chunks = await answerChunks(text('x'), { stream_options: { include_usage: true } });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 1 } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });
});

describe('toolCalls()', () => {
  const calls = [
    { name: 'search', arguments: { query: 'gallium' }, id: 'c1' },
    { name: 'now', arguments: '{broken' },
  ];

  test('sends an assistant message with the calls and their arguments as text', async () => {
    const body = await answerJson(toolCalls(calls));
    expect(body['choices']).toEqual([
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'search', arguments: '{"query":"gallium"}' } },
            {
              id: expect.stringMatching(/^call_1_\d+$/u),
              type: 'function',
              function: { name: 'now', arguments: '{broken' },
            },
          ],
        },
      },
    ]);
  });

  test('streams name and id first and the arguments in fragments', async () => {
    const chunks = await answerChunks(toolCalls(calls, { text: 'Let me look.' }));
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta['tool_calls'] ?? []);
    expect(deltas).toEqual([
      { index: 0, id: 'c1', type: 'function', function: { name: 'search', arguments: '' } },
      { index: 0, function: { arguments: '{"query":"ga' } },
      { index: 0, function: { arguments: 'llium"}' } },
      { index: 1, id: expect.any(String), type: 'function', function: { name: 'now', arguments: '' } },
      { index: 1, function: { arguments: '{broken' } },
    ]);
    expect(contents(chunks).join('')).toBe('Let me look.');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('streams a whole call in one delta or in the given fragments', async () => {
    const whole = { name: 'a', arguments: '', fragments: ['{"x":1}'], joined: true, id: 'i' };
    const split = { name: 'b', arguments: '', fragments: ['{', '}'], id: 'j' };
    const chunks = await answerChunks(toolCalls([whole, split]));
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta['tool_calls'] ?? [])).toEqual([
      { index: 0, id: 'i', type: 'function', function: { name: 'a', arguments: '{"x":1}' } },
      { index: 1, id: 'j', type: 'function', function: { name: 'b', arguments: '' } },
      { index: 1, function: { arguments: '{' } },
      { index: 1, function: { arguments: '}' } },
    ]);
  });
});

describe('error replies', () => {
  const forms: [form: 'openai' | 'numeric-code' | 'bare', body: object][] = [
    ['openai', { error: { message: 'm', type: 't', param: null, code: null } }],
    ['numeric-code', { error: { message: 'm', type: 't', code: 503 } }],
    ['bare', { message: 'm', type: 't', code: 503 }],
  ];
  test.each(forms)('errorBody() sends the form %s', async (form, body) => {
    const received = await answer(errorBody(503, { form, message: 'm', type: 't' }));
    expect([received.status, JSON.parse(received.body)]).toEqual([503, body]);
  });

  test('errorBody() sends text and HTML', async () => {
    expect(await answer(errorBody(500, { form: 'text', message: 'boom' }))).toMatchObject({
      status: 500,
      body: 'boom',
      headers: { 'content-type': 'text/plain' },
    });
    const page = await answer(errorBody(500, { form: 'html', message: 'boom', headers: { server: 'nginx' } }));
    expect(page).toMatchObject({
      status: 500,
      headers: { 'content-type': 'text/html; charset=utf-8', server: 'nginx' },
    });
    expect(page.body).toContain('<h1>boom</h1>');
  });

  test('contextOverflow(), rateLimited() and quotaExhausted() differ as on real servers', async () => {
    const overflow = await answer(contextOverflow({ promptTokens: 5000, contextWindow: 4096 }));
    expect(overflow.status).toBe(400);
    expect(JSON.parse(overflow.body)).toMatchObject({
      error: { code: 400, type: 'exceed_context_size_error', n_prompt_tokens: 5000, n_ctx: 4096 },
    });
    const limited = await answer(rateLimited({ retryAfter: 2, headers: { 'retry-after-ms': '1500' } }));
    expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': '2', 'retry-after-ms': '1500' } });
    expect(JSON.parse(limited.body)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect((await answer(rateLimited())).headers['retry-after']).toBeUndefined();
    const exhausted = await answer(quotaExhausted());
    expect(exhausted.status).toBe(429);
    expect(JSON.parse(exhausted.body)).toMatchObject({ error: { code: 'insufficient_quota' } });
  });

  test('errorEvent() sends one event to a stream request and a 500 to others', async () => {
    const streamed = await answer(errorEvent({ message: 'm', code: 400 }), { stream: true });
    expect([streamed.status, streamed.body]).toEqual([200, 'data: {"error":{"message":"m","code":400}}\n\n']);
    const plain = await answer(errorEvent({ message: 'm', code: 400 }));
    expect([plain.status, JSON.parse(plain.body)]).toEqual([500, { error: { message: 'm', code: 400 } }]);
  });

  test('errorMidStream() ends a stream after the given deltas without finish reason and [DONE]', async () => {
    const received = await answer(errorMidStream(text('a b c'), 2, { message: 'lost' }), { stream: true });
    const events = eventsOf(received.body) as Chunk[];
    expect(events.at(-1)).toEqual({ error: { message: 'lost' } });
    expect(contents(events.slice(0, -1))).toEqual(['a', ' b']);
    expect(received.ended).toBe(true);
  });
});

describe('other replies', () => {
  test('status() sends an error body from 400 on and none below', async () => {
    expect(JSON.parse((await answer(status(503))).body)).toHaveProperty('error.message');
    expect((await answer(status(202))).body).toBe('');
    expect((await answer(status(204))).headers).not.toHaveProperty('content-length');
  });

  test('status() accepts headers and any body', async () => {
    const kinds: [body: string | Uint8Array | string[] | object, expected: string][] = [
      ['plain', 'plain'],
      [Buffer.from('bytes'), 'bytes'],
      [['a', 'b'], 'ab'],
      [{ a: 1 }, '{"a":1}'],
      [[1, 2], '[1,2]'],
    ];
    for (const [body, expected] of kinds) {
      const received = await answer(status(418, { body, headers: { 'x-a': ['1', '2'] } }));
      expect([received.status, received.body, received.headers['x-a']]).toEqual([418, expected, '1, 2']);
    }
  });

  test('json(), html() and redirect() send their content types and locations', async () => {
    expect(await answerJson(json({ any: ['thing'] }, { status: 201 }))).toEqual({ any: ['thing'] });
    expect(await answer(html('Bad gateway'))).toMatchObject({ status: 502 });
    expect(await answer(redirect(307, 'http://elsewhere.test/'))).toMatchObject({
      status: 307,
      headers: { location: 'http://elsewhere.test/' },
      body: '',
    });
  });

  test('sse() sends events unchanged, objects as data, and adds nothing', async () => {
    const received = await answer(sse(['event: ping\ndata: x', { a: 1 }, 'data: [DONE]']));
    expect(received.headers['content-type']).toContain('text/event-stream');
    expect(received.body).toBe('event: ping\ndata: x\n\ndata: {"a":1}\n\ndata: [DONE]\n\n');
    expect(received.chunks).toHaveLength(3);
  });

  test('sse() sends text and bytes unchanged', async () => {
    expect((await answer(sse('data: a\r\rdata'))).body).toBe('data: a\r\rdata');
    expect((await answer(sse(Buffer.from([0x64, 0xff])))).chunks).toEqual([Buffer.from([0x64, 0xff])]);
  });

  test('accepts a hand-written reply with a lazy body', async () => {
    async function* pieces() {
      yield 'one ';
      yield Buffer.from('two');
    }
    const received = await answer({ status: 203, headers: { 'content-type': 'text/plain' }, body: pieces });
    expect(received).toMatchObject({ status: 203, body: 'one two' });
    expect(received.headers['transfer-encoding']).toBe('chunked');
  });

  test('reshaped() changes the body or each chunk with its position', async () => {
    const reply = reshaped(
      reshaped(text('a b'), chunk => ({ ...chunk, timings: { ms: 1 } })),
      (chunk, position) => ({ ...chunk, id: `id-${position}` }),
    );
    expect(await answerJson(reply)).toMatchObject({ id: 'id-0', timings: { ms: 1 } });
    const chunks = await answerChunks(reply);
    expect(chunks.map(({ id }) => id)).toEqual(['id-0', 'id-1', 'id-2', 'id-3']);
    expect(chunks.every(chunk => 'timings' in chunk)).toBe(true);
  });
});
