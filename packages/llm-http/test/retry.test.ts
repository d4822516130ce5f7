import { AbortError, ConnectionError, type CrewEvent, RateLimitError, type TurnRetryEvent } from '@crew/core';
import {
  answersBeforeBody,
  chunked,
  closesOnReuse,
  contextOverflow,
  errorBody,
  errorMidStream,
  html,
  type ManualClock,
  manualClock,
  neverAnswers,
  quotaExhausted,
  type Reply,
  rateLimited,
  refusedPort,
  resetAfter,
  startEndpoint,
  status,
  text,
  truncated,
  withHeaders,
} from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM, type HttpLLMOptions } from '../src/index.ts';

/** Makes a call, advances the clock whenever the call waits for a retry, and returns the delays. */
async function callThrough(
  replies: readonly Reply[],
  options: Partial<HttpLLMOptions> = {},
): Promise<{ readonly answer: unknown; readonly delays: number[]; readonly requests: number }> {
  const clock = manualClock();
  await using endpoint = await startEndpoint({ replies });
  await using llm = new HttpLLM({ endpoint: endpoint.url, clock, ...options });
  const delays: number[] = [];
  const answer = await llm
    .call('Hello', { callbacks: [event => onRetry(event, ({ delayMs }) => wake(clock, delayMs, delays))] })
    .catch((error: unknown) => error);
  return { answer, delays, requests: endpoint.requests.length };
}

function onRetry(event: CrewEvent, then: (event: TurnRetryEvent) => void): void {
  if (event.type === 'turn-retry') then(event);
}

function wake(clock: ManualClock, delay: number, delays: number[]): void {
  delays.push(delay);
  setImmediate(() => void clock.advance(delay));
}

describe('retries', () => {
  it.each([408, 409, 429, 500, 502, 503, 504, 529])('retries after a %i', async code => {
    const { answer, delays } = await callThrough([status(code), text('yes')]);
    expect(answer).toBe('yes');
    expect(delays).toHaveLength(1);
  });

  it.each([400, 402, 403, 404, 405, 413, 422])('does not retry after a %i', async code => {
    const { answer, requests } = await callThrough([status(code)]);
    expect(answer).toMatchObject({ status: code });
    expect(requests).toBe(1);
  });

  it('gives up after two retries with the last error of the server', async () => {
    const { answer, delays, requests } = await callThrough([
      status(500),
      status(502),
      errorBody(503, { message: 'Loading model', headers: { 'x-request-id': 'req-3' } }),
    ]);
    expect(answer).toMatchObject({ code: 'RESPONSE', status: 503, serverMessage: 'Loading model', requestId: 'req-3' });
    expect(requests).toBe(3);
    expect(delays).toHaveLength(2);
  });

  it('waits for random delays of up to half a second, then a second, and never over eight', async () => {
    const replies = Array.from({ length: 8 }, () => status(503));
    const { delays } = await callThrough([...replies], { retry: { retries: 7 } });
    const limits = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
    for (const [index, limit] of limits.entries()) expect(delays[index]).toBeLessThanOrEqual(limit);
    expect(new Set(delays).size).toBe(delays.length);
  });

  it('retries as often as configured', async () => {
    expect((await callThrough([status(503)], { retry: { retries: 0 } })).requests).toBe(1);
  });

  it.each<[string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a fraction of seconds', { 'retry-after': '0.25' }, 250],
    ['milliseconds, which go first', { 'retry-after-ms': '1500', 'retry-after': '7' }, 1_500],
    [
      "a date, by the server's own clock",
      { 'retry-after': 'Fri, 01 May 2026 12:00:30 GMT', date: 'Fri, 01 May 2026 12:00:00 GMT' },
      30_000,
    ],
    [
      'a date in the past',
      { 'retry-after': 'Fri, 01 May 2026 11:00:00 GMT', date: 'Fri, 01 May 2026 12:00:00 GMT' },
      0,
    ],
  ])('waits as long as the server asks: %s', async (_what, headers, delay) => {
    const { answer, delays } = await callThrough([rateLimited({ headers }), text('yes')]);
    expect(answer).toBe('yes');
    expect(delays).toEqual([delay]);
  });

  it.each(['soon', '-5', 'NaN', '', '1e9', 'Friday'])('ignores a retry-after of "%s"', async value => {
    const { answer, delays } = await callThrough([rateLimited({ headers: { 'retry-after': value } }), text('yes')]);
    expect(answer).toBe('yes');
    expect(delays[0]).toBeLessThanOrEqual(500);
  });

  it('fails at once when the server asks for more than a minute, and names the delay', async () => {
    const { answer, delays } = await callThrough([rateLimited({ retryAfter: 61 })]);
    expect(answer).toBeInstanceOf(RateLimitError);
    expect(answer).toMatchObject({ retryAfter: 61, status: 429 });
    expect(String(answer)).toContain('It asks to wait 61 s, which is longer than retry.maxRetryAfter (60 s).');
    expect(delays).toEqual([]);
  });

  it.each<[string, Partial<HttpLLMOptions>, object]>([
    ["the LLM's total", { timeouts: { total: 20_000 } }, {}],
    ["the turn's own timeout", {}, { timeout: 20_000 }],
  ])('fails at once when the delay would exceed %s', async (_what, options, turn) => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ replies: [rateLimited({ retryAfter: 30 })] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, ...options });
    const failed = llm.call('Hello', turn);
    await expect(failed).rejects.toMatchObject({ code: 'RATE_LIMIT', retryAfter: 30 });
    await expect(failed).rejects.toThrow('It asks to wait 30 s, which is longer than the turn may still take');
  });

  it('gives x-should-retry precedence over the status', async () => {
    const no = await callThrough([withHeaders(status(503), { 'x-should-retry': 'false' })]);
    expect(no.requests).toBe(1);
    const yes = await callThrough([withHeaders(status(400), { 'x-should-retry': 'true' }), text('yes')]);
    expect(yes.answer).toBe('yes');
  });

  it.each<[string, Reply, string]>([
    ['an exhausted quota', quotaExhausted(), 'RATE_LIMIT'],
    ['a conversation that is too long', contextOverflow(), 'CONTEXT_WINDOW_EXCEEDED'],
    ['a conversation that is too long, said with a 500', withStatus(contextOverflow(), 500), 'CONTEXT_WINDOW_EXCEEDED'],
  ])('does not retry after %s', async (_what, reply, code) => {
    const { answer, requests } = await callThrough([reply]);
    expect(answer).toMatchObject({ code });
    expect(requests).toBe(1);
  });

  it.each<[string, Reply]>([
    ['a connection reset before the first byte', resetAfter(text('lost'), 0)],
    ['a connection reset in the header', resetAfter(text('lost'), 20)],
    ['a connection lost in the body', truncated(text('lost'), 10)],
  ])('retries after %s', async (_what, reply) => {
    const { answer, delays } = await callThrough([reply, text('yes')]);
    expect(answer).toBe('yes');
    expect(delays).toHaveLength(1);
  });

  it('retries when a connection is refused, and reports it at the end', async () => {
    const clock = manualClock();
    const port = await refusedPort();
    await using llm = new HttpLLM({ endpoint: `http://127.0.0.1:${port}/v1?key=hidden`, clock });
    const delays: number[] = [];
    const failed = llm.call('Hello', {
      callbacks: [event => onRetry(event, ({ delayMs }) => wake(clock, delayMs, delays))],
    });
    await expect(failed).rejects.toBeInstanceOf(ConnectionError);
    await expect(failed).rejects.toThrow(`http://127.0.0.1:${port}/v1 cannot be reached (ECONNREFUSED).`);
    expect(delays).toHaveLength(2);
  });

  it('sends the request again at once, outside the retry budget, when a used connection dies before it responds', async () => {
    await using endpoint = await startEndpoint({
      replies: [closesOnReuse(text('first')), text('second')],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock: manualClock(), retry: { retries: 0 } });
    expect(await llm.call('1')).toBe('first');
    // A connection is free for the next request one turn of the event loop after its response.
    for (let turns = 0; turns < 3; turns += 1) await new Promise(resolve => setImmediate(resolve));
    expect(await llm.call('2')).toBe('second');
    expect(endpoint.connections.dropped).toBe(1);
  });

  it('recognises a 401 that arrives before a large prompt has been read', async () => {
    for (const size of [1_000, 20_000_000]) {
      await using endpoint = await startEndpoint({ replies: [answersBeforeBody(errorBody(401, { message: 'No.' }))] });
      await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 } });
      await expect(llm.call('x'.repeat(size))).rejects.toMatchObject({ code: 'AUTHENTICATION', serverMessage: 'No.' });
    }
  });

  it('sends a retry with a fresh credential and identical bytes', async () => {
    let signed = 0;
    const auth: Authenticator = {
      name: 'signer',
      authenticate: request => {
        signed += 1;
        request.setHeader('x-nonce', `nonce-${signed}`);
      },
    };
    const clock = manualClock();
    await using endpoint = await startEndpoint({ replies: [status(503), status(503), text('yes')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, auth });
    await llm.call('Hello', { callbacks: [event => onRetry(event, ({ delayMs }) => wake(clock, delayMs, []))] });
    expect(endpoint.requests.map(({ headers }) => headers['x-nonce'])).toEqual(['nonce-1', 'nonce-2', 'nonce-3']);
    expect(new Set(endpoint.requests.map(({ body }) => body)).size).toBe(1);
  });

  it.each<[string, Reply, string, number]>([
    ['an overflow', contextOverflow(), 'CONTEXT_WINDOW_EXCEEDED', 1],
    ['a quota that is used up', quotaExhausted(), 'RATE_LIMIT', 1],
  ])('recognises %s although its body breaks off', async (_what, reply, code, requests) => {
    // All of the text came: only the last chunk is missing.
    await using endpoint = await startEndpoint({
      respond: () => truncated(chunked(reply, 40), Number.POSITIVE_INFINITY),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 2, baseDelay: 0 } });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code });
    expect(endpoint.requests).toHaveLength(requests);
  });

  it('bounds refusals, retries and replacements together [T50]', async () => {
    let renewals = 0;
    const auth: Authenticator = {
      name: 'eager',
      authenticate: () => undefined,
      onRefusal: () => {
        renewals += 1;
        return renewals % 2 === 0 ? 'renewed' : 'challenged';
      },
    };
    const cycle = Array.from({ length: 20 }, () => [status(503), status(401)]).flat();
    const { answer, requests } = await callThrough(cycle, { auth });
    expect(answer).toMatchObject({ code: 'RESPONSE', status: 503 });
    expect(requests).toBe(1 + 2 + 2);
  });

  it('ends a call that is aborted during the delay', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ replies: [rateLimited({ retryAfter: 30 })] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock });
    const caller = new AbortController();
    const failed = llm.call('Hello', {
      signal: caller.signal,
      callbacks: [event => onRetry(event, () => setImmediate(() => caller.abort()))],
    });
    await expect(failed).rejects.toBeInstanceOf(AbortError);
    expect(clock.sleepers).toBe(0);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('lets an authenticator use another credential instead of waiting after a 429', async () => {
    const keys = ['key-1', 'key-2'];
    const auth: Authenticator = {
      name: 'pool',
      authenticate: request => request.setHeader('x-key', keys[0] ?? ''),
      onRateLimit: () => {
        keys.shift();
        return keys.length === 0 ? undefined : 0;
      },
    };
    const replies = [rateLimited({ retryAfter: 30 }), text('yes')];
    const { answer, delays } = await callThrough(replies, { auth });
    expect(answer).toBe('yes');
    expect(delays).toEqual([0]);
  });

  it('waits for an authenticator whose credentials have all reached their limits', async () => {
    let asked = 0;
    const auth: Authenticator = {
      name: 'pool',
      authenticate: () => {
        asked += 1;
        if (asked === 1) throw new RateLimitError('Every key is cooling down.', { retryAfter: 12 });
      },
    };
    const { answer, delays } = await callThrough([text('yes')], { auth });
    expect(answer).toBe('yes');
    expect(delays).toEqual([12_000]);
  });

  it('omits stop words after the server has rejected them, and cuts the reply itself', async () => {
    const refusal = errorBody(400, { message: "Unsupported parameter: 'stop' is not supported with this model." });
    await using endpoint = await startEndpoint({ replies: [refusal, text('a END b'), text('c END d')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, stop: ' END', retry: { retries: 0 } });
    expect(llm.supportsStopWords()).toBe(true);
    expect(await llm.call('Hello')).toBe('a');
    expect(llm.supportsStopWords()).toBe(false);
    expect(await llm.call('Hello')).toBe('c');
    const sent = endpoint.requests.map(({ json }) => Object.hasOwn(Object(json), 'stop'));
    expect(sent).toEqual([true, false, false]);
  });

  it('recognises a server that rejects stop words in a response of status 200', async () => {
    const error = { message: "'stop' is not supported with this model", code: 400 };
    const inStream = errorMidStream(text('never'), -1, error);
    const inBody = status(200, { body: { error } });
    for (const stream of [true, false]) {
      await using endpoint = await startEndpoint({ replies: [stream ? inStream : inBody, text('a END b')] });
      await using llm = new HttpLLM({ endpoint: endpoint.url, stop: ' END', retry: { retries: 0 } });
      let answer = '';
      if (stream) for await (const part of llm.stream('Hello')) answer += part.type === 'text' ? part.text : '';
      else answer = await llm.call('Hello');
      expect(answer).toBe('a');
      expect(llm.supportsStopWords()).toBe(false);
    }
  });

  it('recognises errors in every form that servers use', async () => {
    for (const form of ['openai', 'numeric-code', 'bare', 'text', 'html'] as const) {
      const { answer } = await callThrough([errorBody(400, { form, message: 'Bad things' })]);
      expect(answer).toMatchObject({ code: 'RESPONSE', status: 400, serverMessage: 'Bad things' });
    }
    const { answer } = await callThrough([html('Bad Gateway')], { retry: { retries: 0 } });
    expect(answer).toMatchObject({ status: 502, serverMessage: 'Bad Gateway' });
  });

  it('does not repeat a request that got no response in time', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ replies: [neverAnswers()] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock });
    const failed = llm.call('Hello');
    const outcome = expect(failed).rejects.toMatchObject({ code: 'TIMEOUT', deadline: 'first-byte' });
    await endpoint.nextRequest();
    await clock.advance(300_000);
    await outcome;
    expect(endpoint.requests).toHaveLength(1);
  });
});

function withStatus(reply: Reply, code: number): Reply {
  return { ...reply, status: code };
}
