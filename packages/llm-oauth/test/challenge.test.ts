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
])('S32: %j', (header, expected) => {
  expect(JSON.stringify(parsed(header))).toBe(JSON.stringify(expected.map(([scheme, own]) => [scheme, own])));
});

test('S32: several header fields are one list', () => {
  expect(parsed(['Basic realm="x"', 'Bearer error="y"'])).toEqual([
    ['basic', { realm: 'x' }],
    ['bearer', { error: 'y' }],
  ]);
});

test.each(['a="', ',', 'Bearer ', 'a=b ', '\\', 'a="\\'])('threat 21: 100 KiB of %j take no time', piece => {
  const started = performance.now();
  parseChallenges(piece.repeat(102_400 / piece.length));
  parseChallenges(piece.repeat(16_000 / piece.length));
  expect(performance.now() - started).toBeLessThan(200);
});
