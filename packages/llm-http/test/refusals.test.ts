// Refusals over real sockets: waits, trials without a field, and retries that do not multiply.
import { Agent, type CrewEvent } from '@crew/core';
import { errorBody, manualClock, type Reply, startEndpoint, status, text } from '@crew/test-endpoint';
import { expect, test } from 'vitest';
import { HttpLLM, type HttpLLMOptions } from '../src/index.ts';

const atOnce = { baseDelay: 0, maxDelay: 0 };

function json(code: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return status(code, { body: body as never, headers });
}

async function delaysOf(reply: Reply, options: Partial<HttpLLMOptions> = {}): Promise<readonly number[]> {
  const clock = manualClock();
  await using endpoint = await startEndpoint({ replies: [reply, text('yes')] });
  await using llm = new HttpLLM({ endpoint: endpoint.url, clock, ...options });
  const delays: number[] = [];
  const onEvent = (event: CrewEvent): void => {
    if (event.type !== 'turn-retry') return;
    delays.push(event.delayMs);
    setImmediate(() => void clock.advance(event.delayMs));
  };
  expect(await llm.call('Hello', { callbacks: [onEvent] })).toBe('yes');
  return delays;
}

test('waits as long as only the body asks, and as long as the header asks if there is one [W27]', async () => {
  const info = { error: { message: 'slow', details: [{ '@type': 'RetryInfo', retryDelay: '34s' }] } };
  expect(await delaysOf(json(429, info))).toEqual([34_000]);
  expect(
    await delaysOf(json(503, { error: { message: 'Busy: retry after 1m2s' } }), { retry: { maxRetryAfter: 90_000 } }),
  ).toEqual([62_000]);
  expect(await delaysOf(json(429, info, { 'retry-after': '7' }))).toEqual([7_000]);
});

test.each([
  [400, { error: { message: 'Argument not supported on this model: stop' } }],
  [422, { detail: [{ loc: ['body', 'stop'], msg: 'Extra inputs are not permitted' }] }],
  [400, { error: { message: 'Bad Request' } }],
])('sends the turn again without stop words after %i %j, and remembers it [W11]', async (code, body) => {
  await using endpoint = await startEndpoint({ replies: [json(code, body), text('a END b'), text('c END d')] });
  await using llm = new HttpLLM({ endpoint: endpoint.url, stop: ' END', retry: { retries: 0 } });
  expect(await llm.call('Hello')).toBe('a');
  expect(await llm.call('Hello')).toBe('c');
  expect(endpoint.requests.map(request => Object.hasOwn(Object(request.json), 'stop'))).toEqual([true, false, false]);
});

test('keeps stop words when the request is refused without them too [W11]', async () => {
  const refusal = errorBody(400, { message: 'Bad Request' });
  await using endpoint = await startEndpoint({ replies: [refusal, refusal, text('a END b')] });
  await using llm = new HttpLLM({ endpoint: endpoint.url, stop: ' END' });
  await expect(llm.call('Hello')).rejects.toMatchObject({ status: 400 });
  expect(llm.supportsStopWords()).toBe(true);
  expect(await llm.call('Hello')).toBe('a');
  expect(endpoint.requests.map(request => Object.hasOwn(Object(request.json), 'stop'))).toEqual([true, false, true]);
});

test('reports a request larger than the tokens of a minute as too long, and does not repeat it [W29]', async () => {
  const message = 'Request too large on tokens per min (TPM): Limit 6000, Requested 7500.';
  await using endpoint = await startEndpoint({ respond: () => errorBody(429, { message }) });
  await using llm = new HttpLLM({ endpoint: endpoint.url, retry: atOnce });
  await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'CONTEXT_WINDOW_EXCEEDED', status: 429 });
  expect(endpoint.requests).toHaveLength(1);
});

test('asks again when the model wrote what its server cannot use, within the retries [W13]', async () => {
  const slip = json(400, { error: { message: 'Failed to call a function.', code: 'tool_use_failed' } });
  await using endpoint = await startEndpoint({ replies: [slip, text('yes'), slip, slip, slip] });
  await using llm = new HttpLLM({ endpoint: endpoint.url, retry: atOnce });
  expect(await llm.call('Hello')).toBe('yes');
  await expect(llm.call('Hello')).rejects.toMatchObject({ serverCode: 'tool_use_failed', retries: 2 });
  expect(endpoint.requests).toHaveLength(5);
});

test('sends three requests, not nine, when an agent meets a server that is down [C4]', async () => {
  await using endpoint = await startEndpoint({ respond: () => status(503) });
  await using llm = new HttpLLM({ endpoint: endpoint.url, retry: atOnce });
  const agent = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
  const run = agent.executeTask({ description: 'Where is Emma?', expectedOutput: 'A shelf' });
  await expect(run).rejects.toMatchObject({ status: 503, retries: 2 });
  expect(endpoint.requests).toHaveLength(3);
});

test('takes toolsInHistory as an option, and refuses what is no boolean [W12]', async () => {
  await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:9/v1', toolsInHistory: true });
  expect(llm.toolsInHistory).toBe(true);
  const options = { endpoint: 'http://127.0.0.1:9/v1', toolsInHistory: 1 as never };
  expect(() => new HttpLLM(options)).toThrow('toolsInHistory must be true or false');
});
