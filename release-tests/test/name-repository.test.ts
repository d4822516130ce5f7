import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const script = new URL('../../scripts/name-repository.mjs', import.meta.url);

it('name-repository.mjs adds the repository to each public package, and leaves private packages unchanged', () => {
  const root = mkdtempSync(join(tmpdir(), 'crew-repository-'));
  try {
    mkdirSync(join(root, 'scripts'));
    cpSync(script, join(root, 'scripts', 'name-repository.mjs'));
    for (const [folder, manifest] of Object.entries({
      core: { name: '@crew/core', version: '1.0.0' },
      inner: { name: '@crew/inner', private: true },
    })) {
      mkdirSync(join(root, 'packages', folder), { recursive: true });
      writeFileSync(join(root, 'packages', folder, 'package.json'), JSON.stringify(manifest));
    }
    const run = (slug: string): unknown =>
      execFileSync(process.execPath, [join(root, 'scripts', 'name-repository.mjs')], {
        env: { ...process.env, GITHUB_REPOSITORY: slug },
        stdio: 'pipe',
      });
    run('example/crew');
    const read = (folder: string): unknown =>
      JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    const repository = { type: 'git', url: 'git+https://github.com/example/crew.git', directory: 'packages/core' };
    expect(read('core')).toEqual({ name: '@crew/core', version: '1.0.0', repository });
    expect(read('inner')).toEqual({ name: '@crew/inner', private: true });
    expect(() => run('no slug')).toThrow('is not an owner and name');
  } finally {
    rmSync(root, { recursive: true });
  }
});
