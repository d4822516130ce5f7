import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Registry } from './registry.ts';
import { runOrThrow } from './run.ts';

/** The repository's root. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** A package of this repository, as its package.json says. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Every package that is published. */
export const packages: readonly Manifest[] = readdirSync(join(root, 'packages'))
  .map(name => join(root, 'packages', name))
  .map(folder => ({ ...(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest), folder }))
  .filter(manifest => manifest.private !== true);

/** The pnpm that the repository pins, through npx. */
export function pnpm(args: readonly string[], options: Parameters<typeof runOrThrow>[2]): Promise<string> {
  return runOrThrow('npx', ['--yes', 'pnpm@12.21.0', ...args], options);
}

/** Packs packages as a release would and publishes them to the registry. */
export async function publish(registry: Registry, which: readonly Manifest[] = packages): Promise<void> {
  const tarballs = registry.folder('tarballs');
  const chosen = which.map(({ name }) => `--filter=${name}`);
  await pnpm(['--recursive', ...chosen, 'pack', '--pack-destination', tarballs], { cwd: root });
  for (const { name, version } of which) {
    const tarball = join(tarballs, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    await runOrThrow('npm', ['publish', tarball, '--provenance=false', '--ignore-scripts'], {
      cwd: tarballs,
      env: registry.env,
    });
  }
}
