import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterKind, createAdapter } from '@crew/create-adapter';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'crew-create-'));
  folder = join(parent, 'my-auth');
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

describe.each<AdapterKind>(['authenticator', 'llm'])('the template of the kind %s', kind => {
  it('a new package has every file it needs, and none of the names of the template', async () => {
    const files = await createAdapter({ folder, name: '@acme/my-auth', kind, author: 'Ada Lovelace', year: 2026 });
    expect(readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())).toHaveLength(
      files.length,
    );
    expect(files).toEqual(
      expect.arrayContaining([
        '.github/workflows/ci.yml',
        '.github/workflows/release.yml',
        '.gitignore',
        'LICENSE',
        'README.md',
        'package.json',
        'src/my-auth-llm.ts',
        'test/conformance.test.ts',
      ]),
    );
    const text = files.map(file => `${file}\n${readFileSync(join(folder, file), 'utf8')}`).join('\n');
    expect(text).not.toMatch(/gateway-ticket|gatewayticket|someone\/|THE_/i);
    expect(text).toContain('class MyAuthLLM extends');
    expect(text).toContain('Copyright (c) 2026 Ada Lovelace');
  });

  it('a new package has core as a peer dependency, with the versions of this repository', async () => {
    await createAdapter({ folder, name: 'my-auth', kind });
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(manifest.name).toBe('my-auth');
    expect(manifest.dependencies?.['@crew/core']).toBeUndefined();
    for (const [name, range] of crewRanges(manifest)) expect(`${name} ${range}`).toBe(`${name} ^${majorOf(name)}.0.0`);
    expect(Object.keys(manifest.peerDependencies)).toEqual(['@crew/core']);
  });

  it.each(['Dwayne "The Rock" Johnson', 'Back\\slash & $& Söhne', 'THE_YEAR of gateway-ticket'])(
    'a new package names the author unchanged: %s',
    async author => {
      await createAdapter({ folder, name: 'my-auth', kind, author, year: 2026 });
      expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).author).toBe(author);
      expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain(`Copyright (c) 2026 ${author}\n`);
    },
  );

  it('a new package has the requested name, even if it contains words of the template', async () => {
    await createAdapter({ folder, name: '@acme/gateway-ticket-auth', kind });
    const { name, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(name).toBe('@acme/gateway-ticket-auth');
    expect(author).toBe('The authors of @acme/gateway-ticket-auth');
    expect(readFileSync(join(folder, 'src/index.ts'), 'utf8')).toContain('GatewayTicketAuthLLM');
  });

  it('a new package is released with provenance, by actions that are pinned to commits', async () => {
    await createAdapter({ folder, name: 'my-auth', kind });
    const workflows = readdirSync(join(folder, '.github/workflows')).map(file =>
      readFileSync(join(folder, '.github/workflows', file), 'utf8'),
    );
    const own = new URL('../../../.github/workflows/ci.yml', import.meta.url);
    const uses = [...workflows.join('\n').matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(uses).toHaveLength(4);
    for (const action of uses) expect(readFileSync(own, 'utf8')).toContain(action);
    expect(uses.join('\n')).toMatch(/@[0-9a-f]{40}/);
    expect(workflows.join('\n')).toContain('npm publish --provenance');
    expect(workflows.join('\n')).toContain('id-token: write');
  });
});

describe('the folder of createAdapter()', () => {
  const options = { name: 'my-auth', kind: 'llm' } as const;

  it('an existing empty folder is used', async () => {
    mkdirSync(folder);
    await createAdapter({ folder, ...options });
    expect(existsSync(join(folder, 'package.json'))).toBe(true);
    expect(readdirSync(parent)).toEqual(['my-auth']);
  });

  it('a folder that is not empty is refused and left unchanged', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await expect(createAdapter({ folder, ...options })).rejects.toThrow('is not empty. Choose another folder');
    expect(readdirSync(folder)).toEqual(['notes.txt']);
    expect(readdirSync(parent)).toEqual(['my-auth']);
  });

  it('the folder is created with its parent folders', async () => {
    const deep = join(parent, 'packages', 'my-auth');
    await createAdapter({ folder: deep, ...options });
    expect(existsSync(join(deep, 'package.json'))).toBe(true);
  });

  it('one of two concurrent calls writes the folder, and the other leaves nothing behind', async () => {
    const both = await Promise.allSettled(
      (['llm', 'authenticator'] as const).map(kind => createAdapter({ folder, name: 'my-auth', kind })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const files = both.flatMap(one => (one.status === 'fulfilled' ? one.value : []));
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    expect(entries.filter(entry => entry.isFile())).toHaveLength(files.length);
    expect(readdirSync(parent)).toEqual(['my-auth']);
  });

  it('nothing is left behind if the folder cannot be written', async () => {
    writeFileSync(join(parent, 'file'), '');
    await expect(createAdapter({ folder: join(parent, 'file', 'my-auth'), ...options })).rejects.toThrow('ENOTDIR');
    expect(readdirSync(parent)).toEqual(['file']);
  });
});

function crewRanges(manifest: Record<string, Record<string, string> | undefined>): [string, string][] {
  const kinds = ['dependencies', 'peerDependencies', 'devDependencies'];
  return kinds.flatMap(kind => Object.entries(manifest[kind] ?? {})).filter(([name]) => name.startsWith('@crew/'));
}

function majorOf(name: string): string {
  const manifest = new URL(`../../${name.replace('@crew/', '')}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version.split('.')[0];
}
