import { AuthenticationError, ConfigurationError, CredentialError } from '@crew/core';
import { manualClock, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it, vi } from 'vitest';
import { fromCommand, fromEnv, HttpLLM, JwtLLM, jwt } from '../src/index.ts';
import { failure, tokenOf, tokenWith } from './verifying-endpoint.ts';

const clock = manualClock();
const now = clock.wall() / 1000;
const endpointUrl = 'https://llm.example/v1/chat/completions';

describe('a constant token', () => {
  it('is sent unchanged without being verified', async () => {
    const token = tokenWith({ exp: now + 60, aud: 'somebody else' });
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, clock });
    expect(await llm.call('Hello?')).toBe('Hello');
    expect(endpoint.requests.map(tokenOf)).toEqual([token]);
  });

  it('is sent by an HttpLLM that uses jwt()', async () => {
    const token = tokenWith({ exp: now + 60 });
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: jwt({ token, clock }) });
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('causes a CredentialError without a request when it has expired', async () => {
    const token = tokenWith({ exp: now + 60 });
    const later = manualClock();
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, clock: later });
    await llm.call('Hello?');
    await later.advance(60_000);
    const error = await failure(llm.call('Hello?'));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ terminal: true, message: expect.stringContaining('2026-01-01T00:01:00.000Z') });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('causes an AuthenticationError after one request if it is refused', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: tokenWith({ exp: now + 60 }), clock });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(1);
  });

  const encrypted = 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn';
  it.each([
    ['not a JWT', 'an-opaque-token'],
    ['two parts', 'eyJhbGciOiJIUzI1NiJ9.e30'],
    ['not JSON inside', 'eyJhbGciOiJIUzI1NiJ9.bm9wZQ.c2ln'],
    ['not base64url', '$$$.$$$.$$$'],
    ['one whose header is not an object', `${Buffer.from('[]').toString('base64url')}.e30.c2ln`],
    ['one whose claims are not an object', 'eyJhbGciOiJIUzI1NiJ9.W10.c2ln'],
    ['an encrypted token', encrypted],
  ])('is rejected at construction if it is %s, and accepted with opaque: true', async (_what, token) => {
    expect(() => new JwtLLM({ endpoint: endpointUrl, token, clock })).toThrow(ConfigurationError);
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, opaque: true, clock });
    await llm.call('Hello?');
    expect(endpoint.requests.map(tokenOf)).toEqual([token]);
  });

  it.each([
    ['expired', tokenWith({ exp: now - 1 })],
    ['expired at this moment', tokenWith({ exp: now })],
    ['unsigned', tokenWith({ exp: now + 60 }, { alg: 'none' })],
    ['unsigned in another spelling', tokenWith({ exp: now + 60 }, { alg: 'NoNe' })],
    ['longer than 64 Ki characters', tokenWith({ exp: now + 60, pad: 'x'.repeat(65_536) })],
  ])('is rejected at construction if it is %s, even with opaque: true', (_what, token) => {
    for (const opaque of [false, true]) {
      expect(() => new JwtLLM({ endpoint: endpointUrl, token, opaque, clock })).toThrow(ConfigurationError);
    }
  });
});

describe('a function that returns the token', () => {
  it('can read the environment or run a command', async () => {
    const token = tokenWith({ exp: Date.now() / 1000 + 600 });
    vi.stubEnv('LLM_JWT_TEST', `${token}\n`);
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using first = new JwtLLM({ endpoint: endpoint.url, token: fromEnv('LLM_JWT_TEST') });
    const command = [process.execPath, '-e', 'console.log(process.env.LLM_JWT_TEST.trim())'];
    await using second = new JwtLLM({ endpoint: endpoint.url, token: fromCommand(command) });
    await first.call('Hello?');
    await second.call('Hello?');
    expect(endpoint.requests.map(tokenOf)).toEqual([token, token]);
  });

  it.each([
    ['is malformed', 'an-opaque-token'],
    ['has expired', tokenWith({ exp: now - 60 })],
    ['has no signature', tokenWith({ exp: now + 60 }, { alg: 'none' })],
  ])('causes a CredentialError without a request if its token %s', async (_what, token) => {
    await using endpoint = await startEndpoint();
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: async () => token, clock });
    const error = await failure(llm.call('Hello?'));
    expect(error).toBeInstanceOf(CredentialError);
    expect(String(error)).not.toContain(token);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('is called again after maxAge if the token has no expiry', async () => {
    const own = manualClock();
    let calls = 0;
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const token = async (): Promise<string> => `opaque-${++calls}`;
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, opaque: true, maxAge: 60_000, clock: own });
    await llm.call('Hello?');
    await own.advance(20_000);
    await llm.call('Hello?');
    await own.advance(60_000);
    await llm.call('Hello?');
    expect(endpoint.requests.map(tokenOf)).toEqual(['opaque-1', 'opaque-1', 'opaque-2']);
  });
});
