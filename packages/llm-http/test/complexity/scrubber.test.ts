import { describe, expect, it } from 'vitest';
import { Scrubber } from '../../src/adapter.ts';
import { countOperations } from './count-operations.ts';

const secret = 'key-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab';

/** Texts with which a server can make a scrubber work. */
const TEXTS: readonly [string, string][] = [
  ['ellipses', '…'],
  ['dots', '.'],
  ['the beginning of the secret', 'a'],
  ['the secret', `${secret} `],
  ['cut forms of the secret', `${secret.slice(0, 20)}...`],
  ['ends of the secret behind a cut', `...${secret.slice(12)}`],
  ['backslashes', '\\'],
  ['percent signs', '%'],
  ['percent signs, encoded over and over', '25'],
  ['ampersands', '&'],
  ['ampersands, encoded over and over', 'amp;'],
  ['character references', '&#97;'],
  ['escaped characters', '\\u0061'],
  ['base64 digits', 'YWFh'],
  ['base64 of base64 digits', 'WVdGaFlXRmg='],
  ['hex digits', '61'],
  ['hex of hex digits', '3631'],
  ['words', 'Lorem ipsum dolor '],
  ['white space', ' '],
];

describe('work of the Scrubber', () => {
  it.each(TEXTS)('grows linearly with the length of a text of %s [X14]', async (_what, piece) => {
    const scrubber = new Scrubber([secret, `Bearer ${secret}`]);
    const work = (length: number): Promise<number> => {
      const text = piece.startsWith('25') ? `%${piece.repeat(length)}` : piece.repeat(length).slice(0, length);
      return countOperations('/src/scrubber', () => scrubber.truncated(text.slice(0, length)));
    };
    const small = await work(512);
    const large = await work(8 * 512);
    expect(small).toBeGreaterThan(512);
    expect(large / small).toBeLessThanOrEqual(10);
    // Each layer of each character is looked at a bounded number of times.
    expect(large / (8 * 512)).toBeLessThan(250);
  });

  it('does not depend on how the text was built [X14]', async () => {
    const scrubber = new Scrubber([secret]);
    const count = (text: string): Promise<number> => countOperations('/src/scrubber', () => scrubber.text(text));
    let pieces = '';
    for (let piece = 0; piece < 20_000; piece += 1) pieces += '…';
    expect(await count(pieces)).toBe(await count('…'.repeat(20_000)));
  });

  it('grows linearly with the length of JSON that has many short strings', async () => {
    const scrubber = new Scrubber([secret]);
    const work = (length: number): Promise<number> =>
      countOperations('/src/scrubber', () => scrubber.json(Array.from({ length }, () => ({ '\\…': '&…' }))));
    expect((await work(4_000)) / (await work(500))).toBeLessThanOrEqual(10);
  });

  it('does no work for a text that is shorter than every secret', async () => {
    const scrubber = new Scrubber([secret]);
    const work = await countOperations('/src/scrubber', () => scrubber.text('gpt-4o-mini-2026'));
    expect(work).toBeLessThan(20);
  });
});
