import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly publishConfig?: { readonly access?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const published = globSync('packages/*/package.json', { cwd: root })
  .map((path): Manifest => JSON.parse(readFileSync(join(root, path), 'utf8')))
  .filter(manifest => manifest.private !== true)
  .map(manifest => [manifest.name, manifest] as const);

/** Scripts that npm runs on a user's machine when it installs a package. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare', 'preprepare', 'postprepare'];

it.each(published)(
  '%s is in the scope, pins its dependencies, and has no install scripts [T57] [T58]',
  (name, { publishConfig, scripts = {}, dependencies = {} }) => {
    expect(name).toMatch(/^@crew\//);
    expect(publishConfig?.access).toBe('public');
    expect(Object.keys(scripts).filter(script => INSTALL_SCRIPTS.includes(script))).toEqual([]);
    for (const [dependency, version] of Object.entries(dependencies)) {
      expect(version, dependency).toMatch(dependency.startsWith('@crew/') ? /^workspace:\^$/ : /^\d+\.\d+\.\d+$/);
    }
  },
);
