import { inspect } from 'node:util';
import { startEndpoint } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { ApiKeyLLM } from '../src/index.ts';

describe('a key under a scheme that is not a plain word', () => {
  test('is withheld when the server repeats the key without its scheme', async () => {
    const key = 'a-key-that-nobody-else-may-see';
    for (const scheme of ['api_key', '1st', 'x.y', '~']) {
      await using endpoint = await startEndpoint({
        respond: ({ headers }) => {
          expect(headers['x-gateway']).toBe(`${scheme} ${key}`);
          return { status: 400, json: { error: { message: `There is no project for ${key}.` } } };
        },
      });
      await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: key, header: 'x-gateway', scheme });
      const error: unknown = await llm.generate('Hello').catch((thrown: unknown) => thrown);
      expect(inspect(error, { depth: 10, showHidden: true })).toContain('There is no project for');
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(key);
    }
  });
});
