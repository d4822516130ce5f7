import { AuthenticationError, type CrewEvent, RateLimitError } from '@crew/core';
import {
  manualClock,
  type RecordedRequest,
  type Reply,
  rateLimited,
  startEndpoint,
  text,
  trackResources,
} from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiKeyLLM } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const keyOf = ({ headers }: RecordedRequest): string => String(headers['x-key']);

describe('a pool of API keys', () => {
  it('spreads sequential and concurrent calls evenly', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = pool(endpoint.url, ['k1', 'k2', 'k3', 'k4']);
    for (let call = 0; call < 8; call++) await llm.call('Hello?');
    expect(endpoint.requests.map(keyOf)).toEqual(['k1', 'k2', 'k3', 'k4', 'k1', 'k2', 'k3', 'k4']);
    await Promise.all(Array.from({ length: 92 }, () => llm.call('Hello?')));
    expect(counts(endpoint.requests)).toEqual({ k1: 25, k2: 25, k3: 25, k4: 25 });
  });

  it('spreads calls evenly if every key is asynchronous', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const slow = (key: string) => async () => key;
    await using llm = pool(endpoint.url, [slow('k1'), slow('k2')]);
    await Promise.all(Array.from({ length: 20 }, () => llm.call('Hello?')));
    expect(counts(endpoint.requests)).toEqual({ k1: 10, k2: 10 });
  });

  it('retries a 429 with another key immediately, whatever its retry-after', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ respond: limiting({ k1: rateLimited({ retryAfter: 3600 }) }) });
    await using llm = pool(endpoint.url, ['k1', 'k2'], { clock });
    expect(await llm.call('Hello?')).toBe('Hello');
    expect(endpoint.requests.map(keyOf)).toEqual(['k1', 'k2']);
    expect(clock.monotonic()).toBe(0);
  });

  it.each<[string, Reply, number]>([
    ['retry-after in seconds', rateLimited({ retryAfter: 20 }), 20_000],
    ['retry-after-ms', rateLimited({ headers: { 'retry-after-ms': '1500' } }), 1500],
    [
      'retry-after as a date',
      rateLimited({ retryAfter: 'Thu, 01 Jan 2026 00:00:30 GMT', headers: { date: 'Thu, 01 Jan 2026 00:00:00 GMT' } }),
      30_000,
    ],
    ['nothing', rateLimited(), 1000],
    ['nonsense', rateLimited({ retryAfter: 'soon' }), 1000],
  ])('sets a rate-limited key aside for as long as the server demands: %s', async (_how, reply, cooldown) => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ respond: limiting({ k1: reply }) });
    await using llm = pool(endpoint.url, ['k1', 'k2'], { clock });
    await llm.call('Hello?');
    await clock.advance(cooldown - 1);
    await llm.call('Hello?');
    await llm.call('Hello?');
    expect(endpoint.requests.slice(1).map(keyOf)).toEqual(['k2', 'k2', 'k2']);
    await clock.advance(1);
    await llm.call('Hello?');
    expect(endpoint.requests.slice(4).map(keyOf)).toEqual(['k1', 'k2']);
  });

  it('sets a key aside for an hour at most, even if the server demands more', async () => {
    const clock = manualClock();
    const replies = [rateLimited({ retryAfter: '99999999999999999999' }), text('Hello')];
    await using endpoint = await startEndpoint({ replies });
    await using llm = pool(endpoint.url, ['k1'], { clock, retry: { retries: 0 } });
    await failure(llm.call('Hello?'));
    expect(await failure(llm.call('Hello?'))).toMatchObject({ retryAfter: 3600 });
    await clock.advance(3_600_000);
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('doubles the cooldown of a key that stays limited without a retry-after', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ respond: limiting({ k1: rateLimited() }) });
    await using llm = pool(endpoint.url, ['k1', 'k2'], { clock });
    const pauses: number[] = [];
    let lastUse = 0;
    for (let second = 0; second < 200; second++) {
      const before = endpoint.requests.length;
      await llm.call('Hello?');
      if (endpoint.requests.slice(before).map(keyOf).includes('k1')) {
        pauses.push((clock.monotonic() - lastUse) / 1000);
        lastUse = clock.monotonic();
      }
      await clock.advance(1000);
    }
    expect(pauses).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('starts with a short cooldown again after the key has worked', async () => {
    const clock = manualClock();
    const replies = [rateLimited(), rateLimited(), text('Hello'), rateLimited(), text('Hello')];
    await using endpoint = await startEndpoint({ replies });
    await using llm = pool(endpoint.url, ['k1'], { clock, retry: { retries: 0 } });
    const outcomes: string[] = [];
    for (const cooldown of [1000, 2000, 0, 1000, 0]) {
      outcomes.push(await llm.call('Hello?').catch(error => error.name));
      await clock.advance(cooldown);
    }
    expect(outcomes).toEqual(['RateLimitError', 'RateLimitError', 'Hello', 'RateLimitError', 'Hello']);
  });

  it('waits for the shortest cooldown if all keys are rate limited', async () => {
    const clock = manualClock();
    let limited = true;
    const limits: Record<string, Reply> = { k1: rateLimited({ retryAfter: 30 }), k2: rateLimited({ retryAfter: 7 }) };
    await using endpoint = await startEndpoint({
      respond: request => (limited ? limiting(limits)(request) : text('Hello')),
    });
    await using llm = pool(endpoint.url, ['k1', 'k2'], { clock });
    const waits: number[] = [];
    const callbacks = [(event: CrewEvent) => void (event.type === 'turn-retry' && waits.push(event.delayMs))];
    const call = llm.call('Hello?', { callbacks });
    await until(() => waits.length === 2);
    limited = false;
    // Another call finds no available key and waits for the same time.
    const other = llm.call('Hello?', { callbacks });
    await until(() => waits.length === 3);
    expect(waits).toEqual([0, 7000, 7000]);
    await clock.advance(6999);
    expect(endpoint.requests).toHaveLength(2);
    await clock.advance(1);
    expect(await Promise.all([call, other])).toEqual(['Hello', 'Hello']);
    expect(endpoint.requests.slice(2).map(keyOf)).toEqual(['k2', 'k2']);
  });

  it('fails with the shortest cooldown if a call may not wait that long', async () => {
    await using endpoint = await startEndpoint({
      respond: limiting({ k1: rateLimited({ retryAfter: 300 }), k2: rateLimited({ retryAfter: 200 }) }),
    });
    await using llm = pool(endpoint.url, ['k1', 'k2'], { clock: manualClock() });
    const first = await failure(llm.call('Hello?'));
    expect(first).toBeInstanceOf(RateLimitError);
    expect(endpoint.requests.map(keyOf)).toEqual(['k1', 'k2']);

    const second = await failure(llm.call('Hello?'));
    expect(second).toBeInstanceOf(RateLimitError);
    expect(second).toMatchObject({
      retryAfter: 200,
      message: expect.stringContaining('All 2 API keys are rate limited'),
    });
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each<[string[], string]>([
    [['bad-1', 'k1'], '1 of 2 API keys is rate limited; the server refused the other one.'],
    [['bad-1', 'bad-2', 'k1', 'k2'], '2 of 4 API keys are rate limited; the server refused the other 2.'],
  ])('distinguishes rate-limited keys from refused ones in the error: %s', async (keys, message) => {
    await using endpoint = await startEndpoint({
      credential: request => !keyOf(request).startsWith('bad') || { status: 401 },
      respond: () => rateLimited({ retryAfter: 300 }),
    });
    await using llm = pool(endpoint.url, keys, { clock: manualClock() });
    for (const _key of keys) await failure(llm.call('Hello?'));
    const error = await failure(llm.call('Hello?'));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfter: 300, message: expect.stringContaining(message) });
    expect(counts(endpoint.requests)).toEqual(Object.fromEntries(keys.map(key => [key, 1])));
  });

  it('fails without a request if retries are off and all keys are rate limited', async () => {
    await using endpoint = await startEndpoint({ respond: limiting({ k1: rateLimited({ retryAfter: 5 }) }) });
    await using llm = pool(endpoint.url, ['k1'], { clock: manualClock(), retry: { retries: 0 } });
    await failure(llm.call('Hello?'));
    expect(await failure(llm.call('Hello?'))).toMatchObject({ retryAfter: 5 });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('rejects with an AbortError if the call is aborted during the wait', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ respond: limiting({ k1: rateLimited({ retryAfter: 5 }) }) });
    await using llm = pool(endpoint.url, ['k1'], { clock });
    const controller = new AbortController();
    const call = failure(llm.call('Hello?', { signal: controller.signal }));
    await until(() => endpoint.requests.length === 1);
    controller.abort();
    expect(await call).toMatchObject({ name: 'AbortError' });
  });

  it('counts concurrent 429 responses once', async () => {
    const clock = manualClock();
    let limited = true;
    await using endpoint = await startEndpoint({
      respond: request => (limited ? limiting({ k1: rateLimited() })(request) : text('Hello')),
    });
    await using llm = pool(endpoint.url, ['k1'], { clock, retry: { retries: 0 } });
    await Promise.all(Array.from({ length: 20 }, () => failure(llm.call('Hello?'))));
    limited = false;
    await clock.advance(1000);
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('drops a refused key and continues with another one', async () => {
    await using endpoint = await startEndpoint({
      credential: request => keyOf(request) !== 'k1' || { status: 401 },
      respond: () => text('Hello'),
    });
    await using llm = pool(endpoint.url, ['k1', 'k2', 'k3']);
    for (let call = 0; call < 5; call++) expect(await llm.call('Hello?')).toBe('Hello');
    expect(counts(endpoint.requests)).toEqual({ k1: 1, k2: 3, k3: 2 });
  });

  it('drops a key once if it is refused for 64 concurrent calls', async () => {
    await using endpoint = await startEndpoint({
      credential: request => keyOf(request) !== 'k1' || { status: 401 },
      respond: () => text('Hello'),
    });
    await using llm = pool(endpoint.url, ['k1', 'k2']);
    const replies = await Promise.all(Array.from({ length: 64 }, () => llm.call('Hello?')));
    expect(replies).toEqual(Array.from({ length: 64 }, () => 'Hello'));
    const before = endpoint.requests.length;
    await llm.call('Hello?');
    expect(endpoint.requests.slice(before).map(keyOf)).toEqual(['k2']);
  });

  it('fails with an AuthenticationError if every key is refused, and uses all keys again once the server accepts one', async () => {
    let open = false;
    await using endpoint = await startEndpoint({
      credential: () => open || { status: 401 },
      respond: () => text('Hello'),
    });
    await using llm = pool(endpoint.url, ['k1', 'k2']);
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests.map(keyOf)).toEqual(['k1', 'k2']);
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(3);
    open = true;
    for (let call = 0; call < 4; call++) expect(await llm.call('Hello?')).toBe('Hello');
    expect(counts(endpoint.requests.slice(3))).toEqual({ k1: 2, k2: 2 });
  });

  it('uses a dropped key again when its source returns another value', async () => {
    let current = 'k1';
    await using endpoint = await startEndpoint({
      credential: request => keyOf(request) !== 'k1' || { status: 401 },
      respond: () => text('Hello'),
    });
    await using llm = pool(endpoint.url, [() => current, 'k2']);
    for (let call = 0; call < 4; call++) await llm.call('Hello?');
    expect(counts(endpoint.requests)).toEqual({ k1: 1, k2: 4 });
    current = 'k3';
    await llm.call('Hello?');
    await llm.call('Hello?');
    expect(counts(endpoint.requests)).toEqual({ k1: 1, k2: 5, k3: 1 });
  });

  it('does not hold back other calls if apiKey is a single key that is rate limited', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({
      replies: [rateLimited({ retryAfter: 5 }), text('other'), text('Hello')],
    });
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: 'k1', clock });
    const call = llm.call('Hello?');
    await until(() => endpoint.requests.length === 1);
    expect(await llm.call('Other?')).toBe('other');
    await clock.whenSleeping(1);
    await clock.advance(5000);
    expect(await call).toBe('Hello');
  });
});

function pool(
  endpoint: string,
  apiKey: ConstructorParameters<typeof ApiKeyLLM>[0]['apiKey'] & readonly unknown[],
  options: Pick<ConstructorParameters<typeof ApiKeyLLM>[0], 'clock' | 'retry'> = {},
): ApiKeyLLM {
  return new ApiKeyLLM({ endpoint, apiKey, header: 'x-key', ...options });
}

/** Returns the reply for the key of the request, or a successful one. */
function limiting(replies: Readonly<Record<string, Reply>>): (request: RecordedRequest) => Reply {
  return request => replies[keyOf(request)] ?? text('Hello');
}

function counts(requests: readonly RecordedRequest[]): Record<string, number> {
  const byKey: Record<string, number> = {};
  for (const request of requests) byKey[keyOf(request)] = (byKey[keyOf(request)] ?? 0) + 1;
  return byKey;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}
