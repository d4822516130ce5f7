import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A limit in the options of a test or a group, after a test, or for a whole file. */
const OWN_LIMIT = /\{ timeout: [\d_]+ \}, (async )?\(|^\}, [\d_]{4,}\);$|test\.setTimeout|vi\.setConfig/m;

describe('time limits', () => {
  it('are the same for all tests, so that none decides on a busy machine', () => {
    const files = globSync('{packages/*,examples,soak,release-tests}/{test,release}/**/*.test.ts', { cwd: root });
    expect(files.length).toBeGreaterThan(200);
    expect(files.filter(file => OWN_LIMIT.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it.each([
    ['of a group', ["describe('calls', { timeout: 60_000", '}, () => {'].join(' ')],
    ['of a test', ["it('waits', { timeout: 60_000", '}, async () => {'].join(' ')],
    ['after a test', ["it('waits', async () => {", '}, 60_000);'].join('\n')],
  ])('would be noticed: %s', (_where, source) => {
    expect(source).toMatch(OWN_LIMIT);
  });
});
