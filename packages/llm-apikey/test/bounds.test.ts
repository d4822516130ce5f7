import { startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiKeyLLM, type KeySource } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

describe('the list of API keys', () => {
  it('is copied at construction, so that later changes have no effect', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const keys = ['k1', 'k2'];
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: keys, header: 'x-key' });
    keys[0] = 'k3';
    keys.push('k4');
    for (let call = 0; call < 4; call += 1) await llm.call('Hello?');
    expect(endpoint.requests.map(({ headers }) => headers['x-key'])).toEqual(['k1', 'k2', 'k1', 'k2']);
  });

  it('is read once, so that a getter cannot pass validation with one key and send another', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    let reads = 0;
    const keys: KeySource[] = ['placeholder'];
    Object.defineProperty(keys, 0, { enumerable: true, get: () => `k${++reads}` });
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: keys, header: 'x-key' });
    await llm.call('Hello?');
    expect(reads).toBe(1);
    expect(endpoint.requests.map(({ headers }) => headers['x-key'])).toEqual(['k1']);
  });
});
