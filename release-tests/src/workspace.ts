import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOrThrow } from './run.ts';

/** Root folder of the repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Fields of the package.json of a package in this repository, and its folder. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** All packages that are published. */
export const packages: readonly Manifest[] = readdirSync(join(root, 'packages'))
  .map(name => join(root, 'packages', name))
  .map(folder => ({ ...(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest), folder }))
  .filter(manifest => manifest.private !== true);

/** Runs the pnpm version that the repository pins, with npx. Returns its output. */
export function pnpm(args: readonly string[], options: Parameters<typeof runOrThrow>[2]): Promise<string> {
  return runOrThrow('npx', ['--yes', 'pnpm@12.21.0', ...args], options);
}
