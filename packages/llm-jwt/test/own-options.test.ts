import { detectPrototypePollution, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from '../src/check-options.ts';
import { JwtLLM, jwt } from '../src/index.ts';

const MINT = ['key', 'sign', 'passphrase', 'algorithm', 'keyId', 'type', 'issuer', 'subject', 'audience', 'claims'];
const TIMES = ['lifetime', 'backdate', 'notBefore'];

describe('options', () => {
  it('are never read from Object.prototype [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const key = 'a-shared-secret-of-thirty-two-bytes';
    const reads = await detectPrototypePollution([...OPTION_NAMES, ...MINT, ...TIMES], '/llm-jwt/src/', async () => {
      for (const options of [
        { token: 'opaque-token', opaque: true },
        { token: () => 'opaque-token', opaque: true },
        { mint: { key } },
        { mint: () => ({ key }), tenant: () => 'a' },
        { mint: { key }, perAttempt: true },
        { mint: { sign: async () => new Uint8Array(32), algorithm: 'HS256' as const } },
      ]) {
        jwt(options);
        await using llm = new JwtLLM({ endpoint: endpoint.url, ...options });
        expect(await llm.call('Hello')).toBe('Hello');
      }
    });
    expect(reads).toEqual([]);
  });
});
