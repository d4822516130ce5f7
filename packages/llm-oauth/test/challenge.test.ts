import { expect, test } from 'vitest';
import { parseChallenges } from '../src/bearer/challenge.ts';

function parsed(header: string | readonly string[]): unknown {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

test.each([
  ['Bearer', [['bearer', {}]]],
  ['bearer realm="x"', [['bearer', { realm: 'x' }]]],
  ['BEARER Error=invalid_token , SCOPE="a b"', [['bearer', { error: 'invalid_token', scope: 'a b' }]]],
  [
    'Basic realm="a, Bearer b=1", Bearer error="x"',
    [
      ['basic', { realm: 'a, Bearer b=1' }],
      ['bearer', { error: 'x' }],
    ],
  ],
  ['Bearer a="q\\"uo\\\\te"', [['bearer', { a: 'q"uo\\te' }]]],
  [
    'Negotiate YII=, Bearer error="x"',
    [
      ['negotiate', {}],
      ['bearer', { error: 'x' }],
    ],
  ],
  [
    'NTLM, Bearer',
    [
      ['ntlm', {}],
      ['bearer', {}],
    ],
  ],
  [', ,Bearer a=1,,b=2', [['bearer', { a: '1', b: '2' }]]],
  ['Bearer a=1, a=2', [['bearer', { a: '1' }]]],
  ['Bearer a = "1"', [['bearer', { a: '1' }]]],
  ['Bearer error="open', [['bearer', {}]]],
  [
    'Basic realm="x", Bearer error="open',
    [
      ['basic', { realm: 'x' }],
      ['bearer', {}],
    ],
  ],
  ['', []],
  ['"', []],
  ['Bearer __proto__="x", constructor=y', [['bearer', { ['__proto__']: 'x', constructor: 'y' }]]],
])('the challenge header %j is parsed [S32]', (header, expected) => {
  expect(JSON.stringify(parsed(header))).toBe(JSON.stringify(expected.map(([scheme, own]) => [scheme, own])));
});

test('several header fields are parsed as one list of challenges [S32]', () => {
  expect(parsed(['Basic realm="x"', 'Bearer error="y"'])).toEqual([
    ['basic', { realm: 'x' }],
    ['bearer', { error: 'y' }],
  ]);
});

test('a header over 16 KiB is ignored, and of a shorter one at most 32 challenges with 32 parameters each are parsed', () => {
  expect(parsed(`Bearer a="${'x'.repeat(16_384)}"`)).toEqual([]);
  expect(parsed('Bearer, '.repeat(1_000))).toHaveLength(32);
  expect(parsed(Array.from({ length: 1_000 }, () => 'Bearer a=1, Basic b=2'))).toHaveLength(32);
  const parameters = Array.from({ length: 1_000 }, (_, index) => `p${index}=1`).join(', ');
  expect(parseChallenges(`Bearer ${parameters}, Basic realm="x"`)[0]?.parameters.size).toBe(32);
});
