import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const page = new URL('../../docs/security.md', import.meta.url);

interface Row {
  readonly threat: number;
  /** `path` from the root, and the name of a test, or of a group of tests, in that file. */
  readonly shownBy: readonly { readonly path: string; readonly name: string }[];
}

/** The rows of the tables that have a column "shown by". */
function rows(): readonly Row[] {
  const sections = readFileSync(page, 'utf8')
    .split(/^## /m)
    .filter(section => section.includes('| shown by |'));
  return sections.flatMap(section =>
    [...section.matchAll(/^\| (\d+) \|.*\| (.*) \|$/gm)].map(([, threat, shownBy = '']) => ({
      threat: Number(threat),
      shownBy: [...shownBy.matchAll(/\]\(\.\.\/([^)]+)\) `([^`]+)`/g)].map(([, path = '', name = '']) => ({
        path,
        name,
      })),
    })),
  );
}

/** Whether the file calls something with this name first, as `it`, `test`, `describe` and their tables are called. */
function hasTest(source: string, name: string): boolean {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "\\\\?'");
  return new RegExp(`\\(\\s*(['"\`])${quoted}\\1\\s*,`).test(source);
}

/** The threats to core, llm-http, llm-apikey and llm-jwt, or to all packages, that a test can show. */
const OWN = [
  ...[1, 2, 3, 4, 5, 6, 12, 13, 15, 16, 17, 18, 19, 20, 22, 23, 24, 27, 28, 29, 30, 31, 32, 33, 34, 35, 37],
  ...[42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 54, 56, 57, 58, 59, 60],
];

describe('the table of threats in docs/security.md', () => {
  const table = rows();

  it('has a row for each threat that concerns these packages, in order', () => {
    const threats = table.map(({ threat }) => threat);
    expect(threats).toEqual(expect.arrayContaining(OWN));
    expect(threats).toEqual([...new Set(threats)].toSorted((a, b) => a - b));
  });

  it.each(table)('names tests that exist against threat $threat', ({ shownBy }) => {
    expect(shownBy).not.toEqual([]);
    for (const { path, name } of shownBy) {
      const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
      expect(existsSync(file), path).toBe(true);
      expect(hasTest(readFileSync(file, 'utf8'), name), `${path}: ${name}`).toBe(true);
    }
  });

  it('would miss a test that was renamed, or only mentioned', () => {
    expect(hasTest("it('is bounded', async () => {", 'is bounded')).toBe(true);
    expect(hasTest('])("the caller\'s wait", async () => {', "the caller's wait")).toBe(true);
    expect(hasTest("it('is bounded, mostly', async () => {", 'is bounded')).toBe(false);
    expect(hasTest('// is bounded', 'is bounded')).toBe(false);
  });
});
