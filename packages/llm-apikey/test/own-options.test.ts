import { detectPrototypePollution, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from '../src/check-options.ts';
import { ApiKeyLLM, apiKey } from '../src/index.ts';

describe('options', () => {
  it('are never read from Object.prototype [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const reads = await detectPrototypePollution(OPTION_NAMES, '/llm-apikey/src/', async () => {
      for (const options of [
        { apiKey: 'key-1' },
        { apiKey: ['key-1', () => 'key-2'] },
        { authHeaders: { 'x-key': 'a' } },
      ]) {
        apiKey(options);
        await using llm = new ApiKeyLLM({ endpoint: endpoint.url, ...options });
        expect(await llm.call('Hello')).toBe('Hello');
      }
    });
    expect(reads).toEqual([]);
  });

  it('called header and scheme on Object.prototype do not move the key [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    Object.defineProperty(Object.prototype, 'header', { value: 'x-other', configurable: true, writable: true });
    try {
      await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: 'key-1' });
      await llm.call('Hello');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'header');
    }
    expect(endpoint.requests[0]?.headers).toMatchObject({ authorization: 'Bearer key-1' });
  });
});
