import { generateKeyPairSync } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { startEndpoint } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { JwtLLM } from '../src/index.ts';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const endpoint = 'https://api.example/v1/chat/completions';

describe('the claims that say when a minted token is valid', () => {
  test.for(['exp', 'iat', 'nbf', 'jti'])('%s cannot be set by the claims option', name => {
    const create = (): JwtLLM => new JwtLLM({ endpoint, mint: { key, algorithm: 'ES256', claims: { [name]: 1 } } });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(`claims may not set ${name}`);
  });

  test('cannot be set by a claims function either, and nothing is sent then', async () => {
    await using server = await startEndpoint({ replies: [] });
    const mint = { key, algorithm: 'ES256' as const, claims: () => ({ nbf: 1 }) };
    await using llm = new JwtLLM({ endpoint: server.url, mint });
    await expect(llm.call('Hello')).rejects.toThrow('claims may not set nbf');
    expect(server.requests).toEqual([]);
  });
});
