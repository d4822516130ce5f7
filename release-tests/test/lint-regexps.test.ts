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

/** Runs the linter on a folder with one module. */
function lint(module: string, path = 'packages/planted/src/module.ts'): Linted {
  return lintAll({ [path]: module });
}

/** Runs the linter on a folder with modules at the given paths. */
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

/** Runs the linter on modules, each in a separate package. `lines` are the lines of the report about each module. */
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
  'an exponential expression': 'export const found = /^(a+)+$/;',
  'two repetitions of the same input': 'export const found = /^a*a*b/;',
  'a repetition that is tried at every position': String.raw`export const cut = (text: string) => text.replace(/\s+$/g, '');`,
  'a repetition after a literal that the input repeats': 'export const title = /<title[^>]*>/i;',
  'a lookahead over the rest of the input': String.raw`export const quota = /quota(?![\s\S]*retry)/;`,
  'a large count of an optional part': 'export const found = /^(?:a?){40}a{40}$/;',
  'a backreference': String.raw`export const found = /(a+) \1/;`,
  'an unbounded lookbehind': 'export const found = /(?<=a+)b/;',
  'an expression in a string passed to RegExp': "export const found = new RegExp('a+$', 'i');",
  'an expression in a string passed to match': "export const found = (text: string) => text.match('(a|a)*$');",
  'an expression in a concatenated string': "export const found = RegExp('a+' + '$');",
  'an expression that is built at run time': 'export const found = (word: string) => new RegExp(word);',
};

const linear: Readonly<Record<string, string>> = {
  'an anchored repetition': 'export const found = /^a+$/;',
  'a repetition of everything that matches': String.raw`export const joined = (text: string) => text.replace(/\s+/g, ' ');`,
  'a bounded repetition at every position': 'export const found = /context[^.]{0,60}exceeded/i;',
  'a sticky expression': 'export const blank = /[ ]*x/y;',
  'text in a comment or string': "export const text = '/(a+)+$/'; // /(a+)+$/",
};

describe('lint-regexps.mjs', () => {
  let linted: ReturnType<typeof lintEach>;
  beforeAll(() => {
    linted = lintEach(Object.values(superLinear));
  });

  test.for(Object.keys(superLinear).map((what, index) => [what, index] as const))(
    'the linter fails on %s',
    ([, index]) => {
      expect(linted.lines[index]).toEqual([expect.stringContaining('/src/module.ts:1 ')]);
    },
  );

  test('the linter accepts linear expressions', () => {
    const { passes, report } = lintEach(Object.values(linear));
    expect({ passes, report }).toEqual({ passes: true, report: expect.stringContaining(': 0 to fix.') });
  });

  test('the linter exits with an error only if it finds a problem', () => {
    expect(lint('export const found = /^(a+)+$/;').passes).toBe(false);
    expect(lint('export const found = /^a+$/;').passes).toBe(true);
  });

  test('the linter reports the expression, its complexity and an attack', () => {
    expect(lint('\nexport const found = /^(a+)+$/;').report).toMatch(
      /module\.ts:2 \/\^\(a\+\)\+\$\/\n {2}exponential\n {2}attack: 'a'/,
    );
    expect(lint('export const found = /a+$/;').report).toMatch(/2nd degree polynomial\n {2}attack: 'a'\.repeat\(\d+\)/);
  });

  test('the linter also checks examples, scripts and templates', () => {
    const paths = ['examples/cookbook/one.ts', 'scripts/one.mjs', 'packages/planted/template/src/one.ts'];
    const { report } = lintAll(Object.fromEntries(paths.map(path => [path, 'export const found = /a+$/;'])));
    for (const path of paths) expect(report).toContain(`${path}:1 `);
  });

  test('the linter accepts a comment next to the expression that names the bound of its input', () => {
    const comment = '// bounded input: a header value of at most 200 characters.';
    const accepted = [`${comment}\nexport const found = /a+$/;`, `export const found = /a+$/; ${comment}`];
    expect(lintEach(accepted).passes).toBe(true);
    const refused = [`${comment}\n\nexport const found = /a+$/;`, '// bounded input: yes\nexport const found = /a+$/;'];
    for (const lines of lintEach(refused).lines)
      expect(lines).toContainEqual(expect.stringMatching(/module\.ts:[23] \/a\+\$\/$/));
  });

  test('the linter accepts a comment that claims linear time only if the expression cannot be analysed', () => {
    const comment = '// linear: a literal text, in which every special character is escaped.';
    expect(lint(`${comment}\nexport const found = (word: string) => new RegExp(word);`).passes).toBe(true);
    expect(lint(`${comment}\nexport const found = /a+$/;`).passes).toBe(false);
  });

  test('the linter fails on an exception that no expression needs', () => {
    const { passes, report } = lint(
      '// bounded input: a header value of 200 characters.\nexport const found = /^a+$/;',
    );
    expect(report).toContain('module.ts:1 No expression next to this exception needs it.');
    expect(passes).toBe(false);
  });
});
