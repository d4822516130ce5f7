import { excerpt, printable } from '@crew/core';
import { expect, test } from 'vitest';

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** All code points that are not printable, and lone surrogates. */
function* codePoints(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    if (UNPRINTABLE.test(character)) yield character;
  }
}

test.each([
  ['an OSC 52 sequence', 'a\u001b]52;c;ZXZpbA==\u0007b', 'a\u{FFFD}]52;c;ZXZpbA==\u{FFFD}b'],
  ['a CSI sequence', 'a\u001b[2Jb', 'a\u{FFFD}[2Jb'],
  ['C1 controls', 'a\u009b31mb\u009cc', 'a\u{FFFD}31mb\u{FFFD}c'],
  ['bidirectional controls', 'a\u202Egnp.exe\u2066b', 'agnp.exeb'],
  ['tag characters and zero-width characters', 'a\u200b\ufeff\u{E0041}b', 'ab'],
  ['a carriage return', 'safe\rgone', 'safe\u{FFFD}gone'],
  ['line ends of Windows', 'a\r\nb', 'a\nb'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\nb\nc'],
  ['a lone surrogate', 'a\ud83db', 'a\u{FFFD}b'],
  ['nothing in lines, tabs and other scripts', 'a\n\tb é 漢字 😀 עברית', 'a\n\tb é 漢字 😀 עברית'],
])('printable() sanitises %s [X28]', (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('printable() keeps only line feeds and tabs of all control and format characters [X28]', () => {
  const harmful = [...codePoints()].filter(one => UNPRINTABLE.test(printable(`a${one}b`).replaceAll(/[\t\n]/g, '')));
  expect(harmful).toEqual([]);
  const kept = [...codePoints()].filter(one => printable(`a${one}b`) === `a${one}b`);
  expect(kept).toEqual(['\t', '\n']);
});

test('excerpt() removes all control and format characters [X9]', () => {
  expect([...codePoints()].filter(character => UNPRINTABLE.test(excerpt(`a${character}b`)))).toEqual([]);
  expect(excerpt('one\r\ntwo \u202e three')).toBe('one two three');
});

test('excerpt() is at most as long as requested, and shows that it was cut [X9]', () => {
  expect(excerpt('a'.repeat(100), 10)).toBe(`${'a'.repeat(10)}…`);
  expect(excerpt('a'.repeat(1_000_000))).toHaveLength(201);
  expect(excerpt('a'.repeat(10), 10)).toBe('a'.repeat(10));
});
