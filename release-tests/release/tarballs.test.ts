// Packs the tarballs of a release in a clone, like the release workflow of a fork.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../src/run.ts';
import { packages, pnpm, root } from '../src/workspace.ts';

const home = mkdtempSync(join(tmpdir(), 'crew-tarballs-'));
const tarballs = join(home, 'tarballs');

beforeAll(async () => {
  const clone = join(home, 'clone');
  await runOrThrow('git', ['clone', '--quiet', `file://${root}`, clone], { cwd: root });
  await pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter', 'silent'], { cwd: clone });
  await runOrThrow(process.execPath, ['scripts/name-repository.mjs'], {
    cwd: clone,
    env: { GITHUB_REPOSITORY: 'example/crew' },
  });
  const names = packages.map(({ name }) => `--filter=${name}`);
  await pnpm(['--recursive', ...names, 'pack', '--pack-destination', tarballs], { cwd: clone });
});
afterAll(() => rmSync(home, { recursive: true }));

/** Reads one file of a package's tarball. */
function packed({ name, version }: { name: string; version: string }, path: string): Promise<string> {
  const tarball = join(tarballs, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  return runOrThrow('tar', ['-xzOf', tarball, `package/${path}`], { cwd: tarballs });
}

describe('the tarballs of a release', () => {
  test.for(packages)(
    'the tarball of $name contains the license, a README and the repository that publishes it',
    async manifest => {
      expect(await packed(manifest, 'LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
      expect(await packed(manifest, 'README.md')).toContain(manifest.name);
      expect(JSON.parse(await packed(manifest, 'package.json'))).toMatchObject({
        license: 'MIT',
        publishConfig: { access: 'public' },
        repository: {
          type: 'git',
          url: 'git+https://github.com/example/crew.git',
          directory: `packages/${basename(manifest.folder)}`,
        },
      });
    },
  );

  test('the release workflow publishes with provenance and has the permission id-token: write', () => {
    const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
    expect(workflow).toMatch(/^ {6}id-token: write\b/m);
    expect(workflow).toMatch(/^ {10}NPM_CONFIG_PROVENANCE: "true"$/m);
    expect(workflow).toContain('publish-script: npx --yes pnpm@12.21.0 run release');
  });
});
