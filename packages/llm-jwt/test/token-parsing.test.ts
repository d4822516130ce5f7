import { startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { JwtLLM, jwt } from '../src/index.ts';
import { tokenOf, tokenWith } from './verifying-endpoint.ts';

const later = Date.now() / 1000 + 600;
const part = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');
const header = part('{"alg":"HS256"}');
const deep = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;

/** Returns a valid token of this length. */
const sized = (length: number): string => {
  const start = `${header}.${part(JSON.stringify({ exp: later, pad: 'x'.repeat(40_000) }))}.`;
  return start + 'x'.repeat(length - start.length);
};

describe('a malformed or unusual token [T20]', () => {
  it.each([
    ['five parts', 'a.b.c.d.e'],
    ['four parts', 'a.b.c.d'],
    ['empty parts', '..'],
    ['dots alone', '.'.repeat(60_000)],
    ['60,000 characters of nothing', `${header}.${'A'.repeat(60_000)}.x`],
    ['one character more than 64 Ki, all well-formed', sized(65_537)],
    ['claims that are not UTF-8', `${header}.${part(Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d))}.x`],
    ['claims that are not JSON', `${header}.${part('{"exp":')}.x`],
    ['claims that are a list', `${header}.${part('[1]')}.x`],
    ['claims that are null', `${header}.${part('null')}.x`],
    ['a header that is null', `${part('null')}.${part('{}')}.x`],
    ['a header without an end', `${part(deep(20_000).slice(0, -1))}.${part('{}')}.x`],
    ['an algorithm that is a number', `${part('{"alg":5}')}.${part('{}')}.x`],
    ['an algorithm that is an object', `${part('{"alg":{"toLowerCase":1}}')}.${part('{}')}.x`],
  ])('is rejected if it has %s', (_what, token) => {
    expect(() => jwt({ token })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  });

  it('is accepted with up to 64 Ki characters', () => {
    // The test server does not accept such a long header, so nothing is sent.
    expect(() => jwt({ token: sized(65_536) })).not.toThrow();
  });

  it.each([
    ['claims nested 4,000 deep', `${header}.${part(deep(4_000))}.x`],
    ['an expiry that is a string', tokenWith({ exp: 'tomorrow' })],
    ['an expiry beyond every number', `${header}.${part('{"exp":1e999}')}.x`],
    ['an expiry that is negative', tokenWith({ exp: -1 })],
    ['a claim called __proto__', `${header}.${part(`{"exp":${later},"__proto__":{"exp":1},"constructor":1}`)}.x`],
  ])('is sent unchanged if it has %s', async (_what, token) => {
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token });
    await llm.call('Hello?');
    expect(endpoint.requests.map(tokenOf)).toEqual([token]);
    expect(Reflect.get({}, 'exp')).toBeUndefined();
  });
});
