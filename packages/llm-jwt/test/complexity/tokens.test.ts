import { describe, expect, it } from 'vitest';
import { countSteps } from '../../../../test-support/count-steps.ts';
import { jwt } from '../../src/index.ts';

const part = (text: string): string => Buffer.from(text).toString('base64url');
const HEADER = part('{"alg":"HS256"}');

describe('the work for decoding tokens and keys', () => {
  it.each<[string, (count: number) => Parameters<typeof jwt>[0]]>([
    ['a token of dots', n => ({ token: '.'.repeat(n) })],
    ['a token of nothing', n => ({ token: `${HEADER}.${'A'.repeat(n)}.x` })],
    ['nested claims', n => ({ token: `${HEADER}.${part(`{"a":${'['.repeat(n)}`)}.x` })],
    ['many claims', n => ({ token: `${HEADER}.${part(`{"a":[${'1,'.repeat(n)}1]}`)}.x` })],
    ['a nested header', n => ({ token: `${part('{"a":'.repeat(n))}.e30.x` })],
    ['a key of white space', n => ({ mint: { key: `A${' '.repeat(n)}!` } })],
    ['a key that looks like base64', n => ({ mint: { key: `MIIB${'A'.repeat(n)}==${'\n'.repeat(n)}!` } })],
    ['a key of beginnings', n => ({ mint: { key: '-----BEGIN A '.repeat(n) } })],
    ['a key with a long label', n => ({ mint: { key: `-----BEGIN ${'A '.repeat(n)}` } })],
    ['a JWK that is cut', n => ({ mint: { key: '{"a":'.repeat(n) } })],
  ])('is linear in the length of %s', async (_what, options) => {
    const read = (count: number) => () => {
      try {
        jwt(options(count));
      } catch {
        // Rejected after some work.
      }
    };
    read(400)();
    const small = await countSteps(read(400));
    const large = await countSteps(read(3_200));
    expect(large / small).toBeLessThanOrEqual(10);
  });
});
