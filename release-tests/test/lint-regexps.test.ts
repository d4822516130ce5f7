import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Linted {
  readonly passes: boolean;
  readonly report: string;
}

/** Runs the linter on one module of a package that stands alone in a folder. */
function lint(module: string, path = 'packages/planted/src/module.ts'): Linted {
  return lintAll({ [path]: module });
}

/** Runs the linter on modules, by their paths, that stand alone in a folder. */
function lintAll(modules: Readonly<Record<string, string>>): Linted {
  const folder = mkdtempSync(join(tmpdir(), 'crew-regexps-'));
  try {
    for (const [path, module] of Object.entries(modules)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), module);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/lint-regexps.mjs', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    return { passes: status === 0, report: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the linter on modules, each in a package of its own. `lines` are those of the report about each. */
function lintEach(modules: readonly string[]): Linted & { readonly lines: readonly (readonly string[])[] } {
  const pathOf = (index: number): string => `packages/planted-${index}/src/module.ts`;
  const linted = lintAll(Object.fromEntries(modules.map((module, index) => [pathOf(index), module])));
  const all = linted.report.split('\n');
  return {
    ...linted,
    lines: modules.map((_module, index) => all.filter(line => line.startsWith(`${pathOf(index)}:`))),
  };
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
  let linted: ReturnType<typeof lintEach>;
  beforeAll(() => {
    linted = lintEach(Object.values(superLinear));
  });

  test.for(Object.keys(superLinear).map((what, index) => [what, index] as const))('fails on %s', ([, index]) => {
    expect(linted.lines[index]).toEqual([expect.stringContaining('/src/module.ts:1 ')]);
  });

  test('passes what is linear', () => {
    const { passes, report } = lintEach(Object.values(linear));
    expect({ passes, report }).toEqual({ passes: true, report: expect.stringContaining(': 0 to mend.') });
  });

  test('ends as a failure when there is something to mend, and as a success when there is not', () => {
    expect(lint('export const found = /^(a+)+$/;').passes).toBe(false);
    expect(lint('export const found = /^a+$/;').passes).toBe(true);
  });

  test('names the expression, its complexity and an attack', () => {
    expect(lint('\nexport const found = /^(a+)+$/;').report).toMatch(
      /module\.ts:2 \/\^\(a\+\)\+\$\/\n {2}exponential\n {2}attack: 'a'/,
    );
    expect(lint('export const found = /a+$/;').report).toMatch(/2nd degree polynomial\n {2}attack: 'a'\.repeat\(\d+\)/);
  });

  test('reads examples, scripts and templates too', () => {
    const paths = ['examples/cookbook/one.ts', 'scripts/one.mjs', 'packages/planted/template/src/one.ts'];
    const { report } = lintAll(Object.fromEntries(paths.map(path => [path, 'export const found = /a+$/;'])));
    for (const path of paths) expect(report).toContain(`${path}:1 `);
  });

  test('accepts a comment beside the expression that says what bounds its input', () => {
    const comment = '// bounded input: a header value of at most 200 characters.';
    const accepted = [`${comment}\nexport const found = /a+$/;`, `export const found = /a+$/; ${comment}`];
    expect(lintEach(accepted).passes).toBe(true);
    const refused = [`${comment}\n\nexport const found = /a+$/;`, '// bounded input: yes\nexport const found = /a+$/;'];
    for (const lines of lintEach(refused).lines)
      expect(lines).toContainEqual(expect.stringMatching(/module\.ts:[23] \/a\+\$\/$/));
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
