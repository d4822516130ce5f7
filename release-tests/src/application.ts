import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from './registry.ts';
import { runOrThrow } from './run.ts';
import { pnpm, root } from './workspace.ts';

/** An application of a user, in a new folder outside of this repository. */
export interface Application {
  readonly folder: string;
  /** Compiles `main.ts` with strict settings, runs it, and returns its output. */
  runTypeScript(source: string, options?: { readonly commonJs?: boolean; readonly node?: string }): Promise<string>;
  /** Returns every package in its node_modules, with its size in bytes. */
  installed(): ReadonlyMap<string, number>;
}

/** Creates an application, and installs packages from the registry as documented. */
export async function install(
  registry: Registry,
  name: string,
  packages: readonly string[],
  manager: 'npm' | 'pnpm' = 'npm',
): Promise<Application> {
  const folder = registry.folder(`${name}-${manager}`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', private: true }));
  const options = { cwd: folder, env: registry.env };
  if (manager === 'npm') await runOrThrow('npm', ['install', ...packages], options);
  else await pnpm(['add', '--ignore-workspace', ...packages], options);
  return {
    folder,
    installed: () => installedIn(join(folder, 'node_modules')),
    runTypeScript: async (source, { commonJs = false, node = process.execPath } = {}) => {
      const file = commonJs ? 'main.cts' : 'main.mts';
      writeFileSync(join(folder, file), source);
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig(file)));
      // The compiler and the types of Node come from this repository, because their size is not measured.
      linkNodeTypes(folder);
      await runOrThrow(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder });
      return runOrThrow(node, [join(folder, file.replace('ts', 'js'))], { cwd: folder });
    },
  };
}

function linkNodeTypes(folder: string): void {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  const link = join(folder, 'node_modules/@types/node');
  if (!isFolder(link)) symlinkSync(join(root, 'node_modules/@types/node'), link);
}

function tsconfig(file: string): object {
  return {
    compilerOptions: {
      target: 'ES2024',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // The declarations in the packages are checked too.
      skipLibCheck: false,
      types: ['node'],
    },
    files: [file],
  };
}

function installedIn(nodeModules: string): Map<string, number> {
  const found = new Map<string, number>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      // pnpm links to its only copy of a package in .pnpm/<name and version>/node_modules.
      if (!entry.isDirectory() || entry.name === '.bin') continue;
      if (entry.name === '.pnpm') for (const copy of readdirSync(path)) visitIfFolder(join(path, copy, 'node_modules'));
      else if (entry.name.startsWith('@')) visit(path);
      else if (isPackage(path)) {
        const { name } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { name: string };
        found.set(name, (found.get(name) ?? 0) + sizeOf(path));
        visitIfFolder(join(path, 'node_modules'));
      }
    }
  };
  const visitIfFolder = (folder: string): void => {
    if (isFolder(folder)) visit(folder);
  };
  visit(nodeModules);
  return found;
}

function sizeOf(folder: string): number {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    size += entry.isDirectory() ? sizeOf(path) : statSync(path).size;
  }
  return size;
}

function isPackage(path: string): boolean {
  return statSync(join(path, 'package.json'), { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
