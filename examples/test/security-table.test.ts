import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const page = new URL('../../docs/security.md', import.meta.url);

interface Row {
  readonly threat: number;
  /** Tests that show the defence: the path of each file from the root, and the title of a test or `describe` in it. */
  readonly tests: readonly { readonly path: string; readonly title: string }[];
}

/** Parses the rows of the tables that have a column "shown by". */
function parseRows(): readonly Row[] {
  const sections = readFileSync(page, 'utf8')
    .split(/^## /m)
    .filter(section => section.includes('| shown by |'));
  return sections.flatMap(section =>
    [...section.matchAll(/^\| (\d+) \|.*\| (.*) \|$/gm)].map(([, threat, shownBy = '']) => ({
      threat: Number(threat),
      tests: [...shownBy.matchAll(/\]\(\.\.\/([^)]+)\) `([^`]+)`/g)].map(([, path = '', title = '']) => ({
        path,
        title,
      })),
    })),
  );
}

/** Returns true if the source has a call whose first argument is this title, such as `it`, `test`, `describe` or `it.each`. */
function hasTest(source: string, title: string): boolean {
  const escaped = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "\\\\?'");
  return new RegExp(`\\(\\s*(['"\`])${escaped}\\1\\s*,`).test(source);
}

/** The threats to core, llm-http, llm-apikey and llm-jwt, or to all packages, that can be tested. */
const TESTABLE_THREATS = [
  ...[1, 2, 3, 4, 5, 6, 12, 13, 15, 16, 17, 18, 19, 20, 22, 23, 24, 27, 28, 29, 30, 31, 32, 33, 34, 35, 37],
  ...[42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 54, 56, 57, 58, 59, 60],
];

describe('threat table of docs/security.md', () => {
  const rows = parseRows();

  it('the threat table has a row for each testable threat, in order', () => {
    const threats = rows.map(({ threat }) => threat);
    expect(threats).toEqual(expect.arrayContaining(TESTABLE_THREATS));
    expect(threats).toEqual([...new Set(threats)].toSorted((a, b) => a - b));
  });

  it.each(rows)('the threat table names only existing tests for threat $threat', ({ tests }) => {
    expect(tests).not.toEqual([]);
    for (const { path, title } of tests) {
      const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
      expect(existsSync(file), path).toBe(true);
      expect(hasTest(readFileSync(file, 'utf8'), title), `${path}: ${title}`).toBe(true);
    }
  });

  it('hasTest() does not find a test that was renamed or is only mentioned', () => {
    expect(hasTest("it('is bounded', async () => {", 'is bounded')).toBe(true);
    expect(hasTest('])("the caller\'s wait", async () => {', "the caller's wait")).toBe(true);
    expect(hasTest("it('is bounded, mostly', async () => {", 'is bounded')).toBe(false);
    expect(hasTest('// is bounded', 'is bounded')).toBe(false);
  });
});
