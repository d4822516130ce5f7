import { AuthenticationError, type CrewEvent, RateLimitError } from '@crew/core';
import { manualClock, type RecordedRequest, rateLimited, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiKeyLLM, type KeyContext } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const keyOf = ({ headers }: RecordedRequest): string => String(headers['x-key']);
const to = (tenant: string) => ({ authContext: tenant });

describe('one key source for many tenants [T42]', () => {
  it.each(['alone', 'in a pool'])(
    'receives a refused key only in calls of its own tenant if it is used %s',
    async how => {
      const received: string[] = [];
      const source = ({ authContext, refused }: KeyContext): string => {
        received.push(`${authContext}: ${refused}`);
        return `key-of-${authContext}`;
      };
      await using endpoint = await startEndpoint({
        credential: request => keyOf(request) !== 'key-of-acme' || { status: 401 },
        respond: () => text('Hello'),
      });
      const apiKey = how === 'alone' ? source : [source];
      await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey, header: 'x-key' });
      await expect(llm.call('Hello?', to('acme'))).rejects.toThrow(AuthenticationError);
      expect(await llm.call('Hello?', to('globex'))).toBe('Hello');
      await expect(llm.call('Hello?', to('acme'))).rejects.toThrow(AuthenticationError);
      expect(await llm.call('Hello?', to('globex'))).toBe('Hello');
      expect(received.filter(one => one.startsWith('globex'))).toEqual(['globex: undefined', 'globex: undefined']);
      expect(received).toContain('acme: key-of-acme');
      expect(endpoint.requests.map(keyOf)).toEqual(['key-of-acme', 'key-of-globex', 'key-of-acme', 'key-of-globex']);
    },
  );

  it('sets the rate-limited key of one tenant aside without delaying the others', async () => {
    const clock = manualClock();
    let limited = true;
    await using endpoint = await startEndpoint({
      respond: request =>
        limited && keyOf(request) === 'key-of-acme' ? rateLimited({ retryAfter: 30 }) : text('Hello'),
    });
    const apiKey = [({ authContext }: KeyContext) => `key-of-${authContext}`];
    const options = { endpoint: endpoint.url, apiKey, header: 'x-key', clock, retry: { retries: 0 } };
    await using llm = new ApiKeyLLM(options);
    await expect(llm.call('Hello?', to('acme'))).rejects.toThrow(RateLimitError);
    expect(await llm.call('Hello?', to('globex'))).toBe('Hello');
    await expect(llm.call('Hello?', to('acme'))).rejects.toMatchObject({ retryAfter: 30 });
    expect(endpoint.requests.map(keyOf)).toEqual(['key-of-acme', 'key-of-globex']);
    limited = false;
    await clock.advance(30_000);
    expect(await llm.call('Hello?', to('acme'))).toBe('Hello');
  });

  it('continues with a tenant’s other key, whatever happened to the keys of another tenant', async () => {
    await using endpoint = await startEndpoint({
      credential: request => keyOf(request) !== 'two-of-globex' || { status: 401 },
      respond: request => (keyOf(request) === 'one-of-acme' ? rateLimited({ retryAfter: 3600 }) : text('Hello')),
    });
    const source =
      (name: string) =>
      async ({ authContext }: KeyContext) =>
        `${name}-of-${authContext}`;
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: [source('one'), source('two')],
      header: 'x-key',
    });
    for (const tenant of ['acme', 'globex', 'acme', 'globex', 'globex', 'acme']) {
      expect(await llm.call('Hello?', to(tenant))).toBe('Hello');
    }
    const first = endpoint.requests.map(keyOf).slice(0, 2);
    expect(first).toEqual(['one-of-acme', 'two-of-acme']);
    const counts = (key: string): number => endpoint.requests.filter(request => keyOf(request) === key).length;
    expect([counts('one-of-acme'), counts('two-of-globex')]).toEqual([1, 1]);
  });

  it('waits for the shortest cooldown of the tenant’s own keys if both are rate limited', async () => {
    const clock = manualClock();
    let limited = true;
    await using endpoint = await startEndpoint({
      respond: request => (limited ? rateLimited({ retryAfter: keyOf(request) === 'one' ? 30 : 7 }) : text('Hello')),
    });
    const apiKey = [async () => 'one', async () => 'two'];
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey, header: 'x-key', clock });
    const waits: number[] = [];
    const callbacks = [(event: CrewEvent) => void (event.type === 'turn-retry' && waits.push(event.delayMs))];
    const call = llm.call('Hello?', { authContext: { tenant: 'acme' }, callbacks });
    while (waits.length < 2) await new Promise(resolve => setImmediate(resolve));
    expect(waits).toEqual([0, 7000]);
    limited = false;
    await clock.advance(7000);
    expect(await call).toBe('Hello');
    expect(endpoint.requests.map(keyOf)).toEqual(['one', 'two', 'two']);
  });
});
