// Each package has its own versions: only the packages that a changeset names get a new one.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, runOrThrow } from '../src/run.ts';
import { packages, root } from '../src/workspace.ts';

const dependents = packages.filter(({ peerDependencies }) => peerDependencies?.['@crew/core']).map(({ name }) => name);
let clone: string;

beforeEach(async () => {
  clone = mkdtempSync(join(tmpdir(), 'crew-versions-'));
  await runOrThrow('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone], { cwd: root });
  // The state after a release: no changeset is pending, and every package has its published version.
  for (const file of readdirSync(join(clone, '.changeset'))) {
    if (file.endsWith('.md') && file !== 'README.md') rmSync(join(clone, '.changeset', file));
  }
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/** Adds a changeset, applies it, and returns the new versions by package. */
async function version(bumps: Readonly<Record<string, 'patch' | 'minor' | 'major'>>): Promise<Record<string, string>> {
  addChangeset(bumps);
  await runOrThrow(join(root, 'node_modules/.bin/changeset'), ['version'], { cwd: clone });
  const changed = packages.flatMap(({ name, version: before, folder }) => {
    const after = manifest(folder).version;
    return after === before ? [] : [[name, `${bump(before, after)} ${after}`]];
  });
  return Object.fromEntries(changed);
}

function addChangeset(bumps: Readonly<Record<string, string>>): void {
  const lines = Object.entries(bumps).map(([name, type]) => `"${name}": ${type}`);
  writeFileSync(join(clone, '.changeset/change.md'), `---\n${lines.join('\n')}\n---\n\nWhat changed, for users.\n`);
}

function manifest(folder: string): { version: string; peerDependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(folder.replace(root.replace(/\/$/, ''), clone), 'package.json'), 'utf8'));
}

function bump(before: string, after: string): string {
  const [old, fresh] = [before.split('.').map(Number), after.split('.').map(Number)];
  return ['major', 'minor', 'patch'][old.findIndex((part, index) => part !== fresh[index])] ?? 'none';
}

describe('changesets', () => {
  it('a changeset for one adapter changes only that adapter', async () => {
    const changed = await version({ '@crew/llm-jwt': 'minor' });
    expect(Object.keys(changed)).toEqual(['@crew/llm-jwt']);
    expect(changed['@crew/llm-jwt']).toMatch(/^minor/);
    const notes = readFileSync(join(clone, 'packages/llm-jwt/CHANGELOG.md'), 'utf8');
    expect(notes).toContain('### Minor Changes');
    expect(notes).toContain('What changed, for users.');
  });

  it('a changeset with a minor of core changes no adapter', async () => {
    expect(Object.keys(await version({ '@crew/core': 'minor' }))).toEqual(['@crew/core']);
  });

  it('a changeset with a patch of llm-http changes no adapter', async () => {
    expect(Object.keys(await version({ '@crew/llm-http': 'patch' }))).toEqual(['@crew/llm-http']);
  });

  it('a changeset with a major of core gives llm-http, the test kit and every adapter a new major and the new peer', async () => {
    const bumps = Object.fromEntries(['@crew/core', ...dependents].map(name => [name, 'major' as const]));
    const changed = await version(bumps);
    // create-adapter depends on core, but has no peer dependency on it: a new core is a patch of create-adapter.
    const { '@crew/create-adapter': creator, ...others } = changed;
    expect(creator ?? 'patch').toMatch(/^patch/);
    expect(Object.keys(others).sort()).toEqual(Object.keys(bumps).sort());
    for (const type of Object.values(others)) expect(type).toMatch(/^major/);
    const core = packages.find(({ name }) => name === '@crew/core');
    const major = Number(core?.version.split('.')[0]) + 1;
    for (const { name, folder } of packages.filter(({ name }) => dependents.includes(name))) {
      expect(`${name} ${manifest(folder).peerDependencies?.['@crew/core']}`).toBe(`${name} ^${major}.0.0`);
    }
  });

  it('a changeset with a major of core that omits one of them is refused', async () => {
    const all = ['@crew/core', ...dependents];
    const check = () => run(process.execPath, [join(root, 'scripts/check-changesets.mjs'), clone], { cwd: clone });
    addChangeset(Object.fromEntries(all.map(name => [name, name === '@crew/llm-jwt' ? 'minor' : 'major'])));
    const refused = await check();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('these packages need a major too: @crew/llm-jwt.');
    addChangeset(Object.fromEntries(all.map(name => [name, 'major'])));
    expect((await check()).code).toBe(0);
  });
});

it('the repository has a changeset or a changelog for every published package', () => {
  const waiting = readdirSync(join(root, '.changeset')).filter(file => file.endsWith('.md'));
  const named = waiting.map(file => readFileSync(join(root, '.changeset', file), 'utf8')).join('\n');
  const silent = packages.filter(
    ({ name, folder }) => !named.includes(`"${name}"`) && !existsSync(join(folder, 'CHANGELOG.md')),
  );
  expect(silent.map(({ name }) => name)).toEqual([]);
});
