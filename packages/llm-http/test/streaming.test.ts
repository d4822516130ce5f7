import { ConnectionError, type StreamPart } from '@crew/core';
import {
  compressed,
  crlf,
  type Endpoint,
  errorMidStream,
  noDone,
  type Reply,
  resetAfter,
  startEndpoint,
  status,
  text,
  toolCalls,
  withComments,
  withContentType,
} from '@crew/test-endpoint';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

const rich = text('Grüße 🌍 an alle', {
  reasoning: 'Let me think',
  toolCalls: [{ name: 'search', arguments: { query: 'naïve' }, id: 'call_1' }],
  usage: { prompt_tokens: 3, completion_tokens: 5 },
});

async function parts(llm: HttpLLM, prompt = 'Hello'): Promise<StreamPart[]> {
  const collected: StreamPart[] = [];
  for await (const part of llm.stream(prompt)) collected.push(part);
  return collected;
}

async function finish(llm: HttpLLM): Promise<unknown> {
  const last = (await parts(llm)).at(-1);
  return last?.type === 'finish' ? { ...last.generation, requestId: undefined } : last;
}

describe('streams', () => {
  let endpoint: Endpoint;
  let llm: HttpLLM;
  let expected: unknown;
  beforeAll(async () => {
    endpoint = await startEndpoint();
    llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 } });
    endpoint.reply(rich);
    expected = await finish(llm);
  });
  afterAll(async () => {
    await llm.close();
    await endpoint.close();
  });

  it('yields text, reasoning, tool-call fragments and usage', () => {
    expect(expected).toMatchObject({
      text: 'Grüße 🌍 an alle',
      reasoning: 'Let me think',
      toolCalls: [{ id: 'call_1', name: 'search', arguments: '{"query":"naïve"}' }],
      usage: { inputTokens: 3, outputTokens: 5 },
    });
  });

  it.each<[string, Reply]>([
    ['byte by byte', { ...rich, delivery: { sizes: 'every-byte' } }],
    ['with CR LF', crlf(rich)],
    ['with comments', withComments(rich)],
    ['without [DONE]', noDone(rich)],
    ['without a content type', withContentType(rich, 'text/plain')],
    ['under gzip', compressed(rich, 'gzip')],
    ['under brotli', compressed(rich, 'br')],
    ['under deflate', compressed(rich, 'deflate')],
  ])('yields the same turn %s', async (_how, reply) => {
    endpoint.reply(reply);
    expect(await finish(llm)).toEqual(expected);
  });

  it('yields the same turn however its bytes are split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 30 }), async sizes => {
        endpoint.reply({ ...rich, delivery: { sizes } });
        expect(await finish(llm)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('requests a stream and its usage', async () => {
    endpoint.reply(rich);
    await parts(llm);
    const request = endpoint.requests.at(-1);
    expect(request?.json).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(request?.headers['accept']).toBe('text/event-stream');
  });

  it('ends with the error of an event and the text so far', async () => {
    endpoint.reply(errorMidStream(text('one two three'), 2, { message: 'Out of memory', code: 500 }));
    await expect(parts(llm)).rejects.toMatchObject({
      code: 'RESPONSE',
      status: 500,
      serverMessage: 'Out of memory',
      partialText: 'one two',
    });
  });

  it('turns a stream that is a single error event into that error', async () => {
    endpoint.reply(errorMidStream(text('one'), -1, { message: 'maximum context length is 4096 tokens', code: 400 }));
    await expect(parts(llm)).rejects.toMatchObject({ code: 'CONTEXT_WINDOW_EXCEEDED' });
  });

  it('turns a stream that breaks off into a ConnectionError with the text so far, without a retry', async () => {
    const before = endpoint.requests.length;
    endpoint.reply(resetAfter({ ...text('one two three'), delivery: { sizes: 40 } }, 900));
    const thrown = await parts(new HttpLLM({ endpoint: endpoint.url })).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ConnectionError);
    expect((thrown as ConnectionError).partialText).toMatch(/^one/);
    expect(endpoint.requests.length - before).toBe(1);
  });

  it('retries a stream that breaks off before its first byte', async () => {
    await using patient = new HttpLLM({ endpoint: endpoint.url, retry: { baseDelay: 1 } });
    endpoint.reply(resetAfter(text('lost'), 0), status(503), text('found'));
    expect(await finish(patient)).toMatchObject({ text: 'found' });
  });

  it('accepts a JSON object instead of a stream', async () => {
    endpoint.reply(status(200, { body: { choices: [{ message: { content: 'whole' }, finish_reason: 'stop' }] } }));
    expect(await finish(llm)).toMatchObject({ text: 'whole' });
  });

  it('frees its socket when the consumer stops early', async () => {
    endpoint.reply(endless());
    for await (const part of llm.stream('Hello')) {
      if (part.type === 'text') break;
    }
    const request = endpoint.requests.at(-1);
    expect(request).toBeDefined();
    if (request) expect(await endpoint.whenClosed(request)).toMatchObject({ answered: false });
  });

  it('frees its socket when a stop word ends the turn', async () => {
    endpoint.reply(endless());
    await using stopping = new HttpLLM({ endpoint: endpoint.url, stop: 'tick 5' });
    expect(await finish(stopping)).toMatchObject({ finishReason: 'stop' });
    const request = endpoint.requests.at(-1);
    if (request) await endpoint.whenClosed(request);
  });

  it('keeps its connection for the next turn when it was read to its end', async () => {
    const before = endpoint.connections.total;
    for (let turn = 0; turn < 5; turn += 1) {
      endpoint.reply(text('again'));
      await parts(llm);
      // A connection is free for the next request one turn of the event loop after its response.
      for (let turns = 0; turns < 3; turns += 1) await new Promise(resolve => setImmediate(resolve));
    }
    expect(endpoint.connections.total - before).toBeLessThanOrEqual(1);
  });

  it('pauses the sender when the consumer is slow', async () => {
    let sent = 0;
    const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(60_000) } }] })}\n\n`;
    const body = function* (): Generator<string> {
      for (; sent < 2_000; sent += 1) yield chunk;
      yield 'data: [DONE]\n\n';
    };
    endpoint.reply({ headers: { 'content-type': 'text/event-stream' }, body });
    let read = 0;
    for await (const part of llm.stream('Hello')) {
      if (part.type !== 'text') continue;
      read += 1;
      await whenSteady(() => sent);
      // Buffers of the kernel and the transport hold some chunks. Without backpressure the sender would have finished.
      expect(sent - read).toBeLessThan(400);
      if (read === 10) break;
    }
    expect(read).toBe(10);
  });

  it('limits a stream to maxResponseBytes', async () => {
    await using bounded = new HttpLLM({ endpoint: endpoint.url, maxResponseBytes: 10_000, retry: { retries: 0 } });
    endpoint.reply(endless());
    await expect(parts(bounded)).rejects.toThrow('longer than maxResponseBytes allows (10000 bytes)');
  });

  it('runs a tool loop with streamed turns', async () => {
    endpoint.reply(toolCalls([{ name: 'search', arguments: {}, fragments: ['{', '}'] }]));
    expect(await finish(llm)).toMatchObject({ finishReason: 'tool-calls', toolCalls: [{ name: 'search' }] });
  });
});

/** Resolves when a count has not changed for 50 turns of the event loop, in which both sides read and write. */
async function whenSteady(count: () => number): Promise<void> {
  for (let steady = 0, last = count(); steady < 50; steady += 1) {
    await new Promise(resolve => setImmediate(resolve));
    if (count() === last) continue;
    last = count();
    steady = 0;
  }
}

/** An endless stream, produced as fast as it is consumed. */
function endless(): Reply {
  const event = (index: number): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: `tick ${index} ` } }] })}\n\n`;
  const body = function* (): Generator<string> {
    for (let index = 0; ; index += 1) yield event(index);
  };
  return { headers: { 'content-type': 'text/event-stream' }, body };
}
