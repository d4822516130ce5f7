import { createAuthority, detectPrototypePollution, json, startEndpoint, startProxy, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { RenewingCredential } from '../src/adapter.ts';
import { fromCommand, HttpLLM, type HttpLLMOptions } from '../src/index.ts';

const NAMES = [
  ...['endpoint', 'auth', 'model', 'temperature', 'stop', 'protocol', 'headers', 'timeouts', 'retry', 'proxy', 'ca'],
  ...['caMode', 'allowH2', 'allowInsecureHttp', 'maxResponseBytes', 'functionCalling', 'stopWords', 'contextWindow'],
  ...['responseFormat', 'toolsInHistory'],
  ...['clock', 'connect', 'firstByte', 'idle', 'total', 'retries', 'baseDelay', 'maxDelay', 'maxRetryAfter'],
  ...['url', 'username', 'password', 'authorization', 'timeout', 'maxAge', 'obtain', 'deadline', 'emit', 'size'],
  ...['tools', 'toolChoice', 'responseFormat', 'topP', 'maxTokens', 'seed', 'extraBody', 'callbacks', 'signal'],
  ...['authContext', 'availableFunctions', 'maxToolRounds'],
];

describe('options', () => {
  it('reads no option from Object.prototype [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const reads = await detectPrototypePollution(NAMES, '/llm-http/src/', async () => {
      for (const options of [{}, { timeouts: {}, retry: {} }]) {
        await using llm = new HttpLLM({ endpoint: endpoint.url, ...options });
        await llm.call('Hello', {});
        for await (const _part of llm.stream('Hello'));
      }
      await new HttpLLM({ endpoint: endpoint.url, proxy: { url: 'http://127.0.0.1:1' } }).close();
      new RenewingCredential({ obtain: async () => ({ value: 'x', expiresAt: undefined }) });
      fromCommand(['true']);
    });
    expect(reads).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['proxy', 'http://127.0.0.1:1'],
    ['endpoint', 'http://127.0.0.1:1'],
    ['timeouts', { total: 1 }],
    ['extraBody', { evil: true }],
    ['temperature', 2],
    ['stop', ['Hel']],
  ])('ignores an option %s on Object.prototype during a call [X27]', async (name, value) => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    try {
      await using llm = new HttpLLM({ endpoint: endpoint.url });
      expect(await llm.call('Hello')).toBe('Hello');
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    expect(endpoint.requests[0]?.body).not.toMatch(/evil|temperature/);
  });

  it('trusts no server because of a ca on Object.prototype [X27]', async () => {
    const authority = await createAuthority();
    await using endpoint = await startEndpoint({ tls: { authority }, respond: () => text('Hello') });
    await using proxy = await startProxy();
    Object.defineProperty(Object.prototype, 'ca', {
      value: [authority.certificate],
      configurable: true,
      writable: true,
    });
    try {
      for (const options of [{}, { proxy: proxy.url }]) {
        await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 }, ...options });
        await expect(llm.call('Hello')).rejects.toThrow(/not trusted/);
      }
    } finally {
      Reflect.deleteProperty(Object.prototype, 'ca');
    }
    expect(endpoint.requests).toEqual([]);
  });

  it('accepts instances of a class with accessors, and reads each once', async () => {
    await using endpoint = await startEndpoint({ respond: () => json({ choices: [] }) });
    let reads = 0;
    class Options implements HttpLLMOptions {
      get endpoint(): string {
        reads += 1;
        return endpoint.url;
      }
      readonly retry = { retries: 0 };
    }
    await using llm = new HttpLLM(new Options());
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(reads).toBeLessThanOrEqual(2);
  });
});
