// Runs `pnpm release` in a clone, with a registry on loopback: it builds, checks, and publishes only new versions.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Registry, startRegistry } from '../src/registry.ts';
import { runOrThrow } from '../src/run.ts';
import { type Manifest, packages, pnpm, root } from '../src/workspace.ts';

let registry: Registry;
let clone: string;

beforeAll(async () => {
  registry = await startRegistry();
  clone = registry.folder('clone');
  rmSync(clone, { recursive: true });
  await runOrThrow('git', ['clone', '--quiet', `file://${root}`, clone], { cwd: root });
  await git('config', 'user.name', 'Release');
  await git('config', 'user.email', 'release@crew.invalid');
  await pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter', 'silent'], { cwd: clone });
});
afterAll(() => registry[Symbol.asyncDispose]());

const git = (...args: string[]): Promise<string> => runOrThrow('git', args, { cwd: clone });

/** Runs the script of the release workflow. */
function release(): Promise<string> {
  return pnpm(['run', 'release'], { cwd: clone, env: { ...registry.env, CI: 'true' } });
}

/** Returns every version of every package in the registry, with the time of its publication. */
async function published(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { name } of packages) {
    const response = await fetch(`${registry.url}${name.replace('/', '%2f')}`);
    if (!response.ok) continue;
    const { versions, time } = (await response.json()) as { versions: object; time: Record<string, string> };
    for (const version of Object.keys(versions)) found.set(`${name}@${version}`, Date.parse(time[version] ?? ''));
  }
  return found;
}

it('a release publishes every package once, after its dependencies', async () => {
  await release();
  const times = await published();
  expect([...times.keys()].sort()).toEqual(packages.map(({ name, version }) => `${name}@${version}`).sort());
  const timeOf = ({ name, version }: Manifest): number => times.get(`${name}@${version}`) ?? Number.NaN;
  for (const manifest of packages) {
    for (const needed of packages.filter(({ name }) => manifest.dependencies?.[name] !== undefined)) {
      expect(timeOf(needed), `${needed.name} before ${manifest.name}`).toBeLessThanOrEqual(timeOf(manifest));
    }
  }
});

it('a repeated release publishes nothing twice', async () => {
  const before = await published();
  await release();
  expect(await published()).toEqual(before);
});

it('a release publishes only the changed adapter, with readable notes', async () => {
  const before = await published();
  for (const file of readdirSync(join(clone, '.changeset')))
    if (file.endsWith('.md') && file !== 'README.md') rmSync(join(clone, '.changeset', file));
  writeFileSync(join(clone, '.changeset/change.md'), '---\n"@crew/llm-jwt": minor\n---\n\nTokens can be blue.\n');
  await pnpm(['exec', 'changeset', 'version'], { cwd: clone });
  await git('commit', '--quiet', '--all', '--message', 'Version packages');
  await release();
  const fresh = [...(await published()).keys()].filter(key => !before.has(key));
  expect(fresh).toHaveLength(1);
  expect(fresh[0]).toMatch(/^@crew\/llm-jwt@/);
  expect(readFileSync(join(clone, 'packages/llm-jwt/CHANGELOG.md'), 'utf8')).toContain('Tokens can be blue.');
});
