// Base of the commands in package.json: with only some Node (20 or newer) and npm, get the pinned pnpm, the pinned Node
// and the dependencies, then run things on them. Plain JavaScript: nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The pinned pnpm, as `npx` names it. */
export const { packageManager } = JSON.parse(read('package.json') ?? '{}');

/** The process's environment with the workspace's own programs, its Node among them, first on the PATH. */
export const environment = { ...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH };

/** Installs what the lock file lists, unless that is what is there. */
export function install() {
  if (read('node_modules/.pnpm/lock.yaml') === read('pnpm-lock.yaml')) return;
  console.error('Installing the pinned dependencies (once) ...');
  pnpm(['install', '--frozen-lockfile', '--reporter', 'append-only'], { quiet: true });
}

/** Runs pnpm, in the version that package.json pins, through npx. Ends the process when it fails. */
export function pnpm(args, options = {}) {
  const status = pnpmStatus(args, options);
  if (status !== 0) process.exit(status);
}

/** Runs pnpm and returns its exit code. */
export function pnpmStatus(args, options = {}) {
  return statusOf(process.platform === 'win32' ? 'npx.cmd' : 'npx', ['--yes', packageManager, ...args], options);
}

/** Runs a program of the workspace. Ends the process with its exit code when it fails. */
export function run(program, args, options = {}) {
  const status = statusOf(program, args, options);
  if (status !== 0) process.exit(status);
}

/** Returns every package of the workspace that has tests: its name, and its folder below the root. */
export function testedPackages() {
  const folders = [...readdirSync(join(root, 'packages')).map(name => `packages/${name}`), ...readdirSync(root)];
  return folders.flatMap(folder => {
    const { name, scripts } = JSON.parse(read(`${folder}/package.json`) ?? '{}');
    return scripts?.test?.startsWith('vitest run') ? [{ name, folder }] : [];
  });
}

/**
 * Returns the packages of a comma-separated list of names, with or without scope; all packages that have tests when
 * there is no list.
 *
 * @throws {Error} for a name that no package has.
 */
export function choosePackages(list) {
  const all = testedPackages();
  if (list === undefined) return all;
  return list.split(',').map(name => {
    const found = all.find(candidate => candidate.name === name || candidate.name === `@crew/${name}`);
    if (found) return found;
    throw new Error(`No package ${name} has tests. There are: ${all.map(candidate => candidate.name).join(', ')}.`);
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
  if (error) console.error(`${program} could not be run: ${error.message}`);
  return status ?? (signal === 'SIGINT' ? 130 : 1);
}

function read(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
