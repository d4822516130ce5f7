// Base of the commands in package.json. It requires only Node 20 or newer and npm, installs the pinned versions of pnpm and Node
// and the dependencies, and runs programs with them. Plain JavaScript, because nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Name and version of the pinned pnpm, for `npx`. */
export const { packageManager } = JSON.parse(read('package.json') ?? '{}');

/** Environment of the process, with the programs of the workspace, including its Node, first on the PATH. */
export const environment = { ...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH };

/** Installs the dependencies in the lock file if they are not installed yet. */
export function install() {
  if (read('node_modules/.pnpm/lock.yaml') === read('pnpm-lock.yaml')) return;
  console.error('Installing the pinned dependencies (once) ...');
  pnpm(['install', '--frozen-lockfile', '--reporter', 'append-only'], { quiet: true });
}

/** Runs the pinned version of pnpm with npx. Exits the process if it fails. */
export function pnpm(args, options = {}) {
  const status = pnpmStatus(args, options);
  if (status !== 0) process.exit(status);
}

/** Runs pnpm and returns its exit code. */
export function pnpmStatus(args, options = {}) {
  return statusOf(process.platform === 'win32' ? 'npx.cmd' : 'npx', ['--yes', packageManager, ...args], options);
}

/** Runs a program of the workspace. Exits the process with its exit code if it fails. */
export function run(program, args, options = {}) {
  const status = statusOf(program, args, options);
  if (status !== 0) process.exit(status);
}

/** Returns the name and the folder, relative to the root, of every package of the workspace that has tests. */
export function testedPackages() {
  const folders = [...readdirSync(join(root, 'packages')).map(name => `packages/${name}`), ...readdirSync(root)];
  return folders.flatMap(folder => {
    const { name, scripts } = JSON.parse(read(`${folder}/package.json`) ?? '{}');
    return scripts?.test?.startsWith('vitest run') ? [{ name, folder }] : [];
  });
}

/**
 * Returns the packages in a comma-separated list of names, with or without scope. Without a list, returns all packages that
 * have tests.
 *
 * @throws {Error} for an unknown name.
 */
export function choosePackages(list) {
  const all = testedPackages();
  if (list === undefined) return all;
  return list.split(',').map(name => {
    const found = all.find(candidate => candidate.name === name || candidate.name === `@crew/${name}`);
    if (found) return found;
    throw new Error(
      `There is no package ${name} with tests. Choose from: ${all.map(candidate => candidate.name).join(', ')}.`,
    );
  });
}

function statusOf(program, args, { quiet = false } = {}) {
  const shell = process.platform === 'win32';
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    env: environment,
    stdio,
    shell,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return 0;
  if (quiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  if (error) console.error(`Could not run ${program}: ${error.message}`);
  return status ?? (signal === 'SIGINT' ? 130 : 1);
}

function read(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
