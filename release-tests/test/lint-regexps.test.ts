import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the linter on one module of a package that stands alone in a folder. */
function lint(module: string, path = 'packages/planted/src/module.ts'): { passes: boolean; report: string } {
  const folder = mkdtempSync(join(tmpdir(), 'crew-regexps-'));
  try {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), module);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/lint-regexps.mjs', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    return { passes: status === 0, report: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const superLinear: Readonly<Record<string, string>> = {
  'an exponential one': 'export const found = /^(a+)+$/;',
  'two repetitions that share their input': 'export const found = /^a*a*b/;',
  'a match that is tried at every start': String.raw`export const cut = (text: string) => text.replace(/\s+$/g, '');`,
  'a repetition after a literal that the input repeats': 'export const title = /<title[^>]*>/i;',
  'a lookahead over the rest of the input': String.raw`export const quota = /quota(?![\s\S]*retry)/;`,
  'a large count of an optional part': 'export const found = /^(?:a?){40}a{40}$/;',
  'a backreference': String.raw`export const found = /(a+) \1/;`,
  'an unbounded lookbehind': 'export const found = /(?<=a+)b/;',
  'one in a string given to RegExp': "export const found = new RegExp('a+$', 'i');",
  'one in a string given to match': "export const found = (text: string) => text.match('(a|a)*$');",
  'one in several pieces of string': "export const found = RegExp('a+' + '$');",
  'one put together while the program runs': 'export const found = (word: string) => new RegExp(word);',
};

const linear: Readonly<Record<string, string>> = {
  'an anchored repetition': 'export const found = /^a+$/;',
  'a repetition that takes everything it meets': String.raw`export const joined = (text: string) => text.replace(/\s+/g, ' ');`,
  'a bounded repetition at every start': 'export const found = /context[^.]{0,60}exceeded/i;',
  'a sticky one': 'export const blank = /[ ]*x/y;',
  'text in a comment or string': "export const text = '/(a+)+$/'; // /(a+)+$/",
};

describe('the linter of regular expressions', () => {
  test.for(Object.entries(superLinear))('fails on %s', ([, module]) => {
    const { passes, report } = lint(module);
    expect(report).toContain('packages/planted/src/module.ts:1 ');
    expect(passes).toBe(false);
  });

  test.for(Object.entries(linear))('passes %s', ([, module]) => {
    expect(lint(module)).toEqual({ passes: true, report: expect.stringContaining(': 0 to mend.') });
  });

  test('names the expression, its complexity and an attack', () => {
    expect(lint('\nexport const found = /^(a+)+$/;').report).toMatch(
      /module\.ts:2 \/\^\(a\+\)\+\$\/\n {2}exponential\n {2}attack: 'a'/,
    );
    expect(lint('export const found = /a+$/;').report).toMatch(/2nd degree polynomial\n {2}attack: 'a'\.repeat\(\d+\)/);
  });

  test('reads examples, scripts and templates too', () => {
    for (const path of ['examples/cookbook/one.ts', 'scripts/one.mjs', 'packages/planted/template/src/one.ts']) {
      expect(lint('export const found = /a+$/;', path).passes).toBe(false);
    }
  });

  test('accepts a comment beside the expression that says what bounds its input', () => {
    const comment = '// bounded input: a header value of at most 200 characters.';
    expect(lint(`${comment}\nexport const found = /a+$/;`).passes).toBe(true);
    expect(lint(`export const found = /a+$/; ${comment}`).passes).toBe(true);
    expect(lint(`${comment}\n\nexport const found = /a+$/;`).passes).toBe(false);
    expect(lint('// bounded input: yes\nexport const found = /a+$/;').passes).toBe(false);
  });

  test('accepts the word of a comment that an expression is linear only where it cannot be analysed', () => {
    const comment = '// linear: a literal text, in which every special character is escaped.';
    expect(lint(`${comment}\nexport const found = (word: string) => new RegExp(word);`).passes).toBe(true);
    expect(lint(`${comment}\nexport const found = /a+$/;`).passes).toBe(false);
  });

  test('fails on an exception that no expression needs', () => {
    const { passes, report } = lint(
      '// bounded input: a header value of 200 characters.\nexport const found = /^a+$/;',
    );
    expect(report).toContain('module.ts:1 This exception stands beside no expression that needs it.');
    expect(passes).toBe(false);
  });
});
