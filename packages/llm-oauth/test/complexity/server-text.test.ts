import { describe, expect, it } from 'vitest';
import { countSteps } from '../../../../test-support/count-steps.ts';
import { parseChallenges } from '../../src/bearer/challenge.ts';
import { obtainOver } from '../obtain-over.ts';

describe('parsing of server responses', () => {
  const pieces = ['a="', ',', 'Bearer ', 'a=b ', '\\', 'a="\\', 'a=b,', 'Bearer a=1,', 'a ', '="', 'x==,', '\t'];
  it.each(pieces)('parsing a challenge of %j takes linear time, at most for 16 KiB [T21]', async piece => {
    const header = (length: number): string => piece.repeat(length / piece.length);
    expect(await growth(n => parseChallenges(header(2_000 * n)))).toBeLessThanOrEqual(10);
    expect(parseChallenges(header(102_400))).toEqual([]);
  });

  it.each<[string, (count: number) => object]>([
    ['many methods', n => ({ token_endpoint_auth_methods_supported: list(n, i => `method-${i}`) })],
    [
      'many aliases',
      n => ({ mtls_endpoint_aliases: Object.fromEntries(list(n, i => [`a${i}`, 'https://x.example'])) }),
    ],
    ['many unknown members', n => Object.fromEntries(list(n, i => [`member-${i}`, i]))],
    ['a long wrong issuer', n => ({ issuer: 'https://evil.example/'.repeat(n) })],
    ['a long endpoint of another origin', n => ({ token_endpoint: `https://evil.example/${'a/'.repeat(n)}` })],
  ])('parsing metadata with %s takes linear time [X15]', async (_what, members) => {
    const issuer = 'https://idp.example';
    const metadata = (n: number): string =>
      JSON.stringify({ issuer, token_endpoint: `${issuer}/token`, ...members(500 * n) });
    expect(await growth(n => obtain(metadata(n), '{}'))).toBeLessThanOrEqual(10);
  });

  it.each<[string, (count: number) => object]>([
    ['many scopes', n => ({ scope: list(n, i => `scope-${i}`).join(' ') })],
    ['a long token', n => ({ access_token: 'x'.repeat(n) })],
    ['many unknown members', n => Object.fromEntries(list(n, i => [`member-${i}`, i]))],
    ['a long error', n => ({ error: 'x'.repeat(n) })],
    ['a long description', n => ({ error: 'invalid_client', error_description: ' \n\u202e'.repeat(n) })],
  ])('parsing a token response with %s takes linear time', async (_what, members) => {
    const issuer = 'https://idp.example';
    const good = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 };
    const metadata = JSON.stringify({ issuer, token_endpoint: `${issuer}/token` });
    const response = (n: number): string => JSON.stringify({ ...good, ...members(100 * n) });
    expect(await growth(n => obtain(metadata, response(n)))).toBeLessThanOrEqual(10);
  });
});

/** Returns the ratio of the work for 8 units of input to that for one, without the constant part. */
async function growth(action: (count: number) => unknown): Promise<number> {
  for (const count of [1, 1]) await action(count);
  const small = await countSteps(() => action(1));
  const large = await countSteps(() => action(8));
  return large / small;
}

function list<T>(length: number, item: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => item(index));
}

/** Obtains a token from a server that responds with these bodies. */
function obtain(metadata: string, response: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return obtainOver(
    async input => new Response(String(input).includes('well-known') ? metadata : response, { headers }),
    { issuer: 'https://idp.example', scope: 'chat' },
  );
}
