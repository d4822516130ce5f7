import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const linter = fileURLToPath(new URL('../../scripts/lint-comments.mjs', import.meta.url));

/** Runs the linter in a folder with one module, whose doc comment is given. */
function lint(comment: string): { readonly passes: boolean; readonly report: string } {
  const folder = mkdtempSync(join(tmpdir(), 'crew-comments-'));
  try {
    mkdirSync(join(folder, 'packages/planted/src'), { recursive: true });
    writeFileSync(join(folder, 'packages/planted/src/module.ts'), `\n/*${comment} */\nexport const value = 1;\n`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [linter], { cwd: folder, encoding: 'utf8' });
    return { passes: status === 0, report: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the linter of doc comments', () => {
  test.each(['What', 'Whether', 'How', 'Where', 'Who', 'Told', 'Says'])('refuses one that begins with %s', word => {
    expect(lint(`* ${word} is sent.`)).toEqual({
      passes: false,
      report: expect.stringContaining(`packages/planted/src/module.ts:2 This doc comment begins with "${word}".`),
    });
    expect(lint(`*\n *  ${word} is sent.\n`).passes).toBe(false);
  });

  test('accepts verbs, nouns, and these words elsewhere', () => {
    for (const text of ['* Returns what was sent.', '* Whatever is sent.', ' What is sent.']) {
      expect(lint(text)).toEqual({ passes: true, report: '0 doc comments to mend.\n' });
    }
  });
});
