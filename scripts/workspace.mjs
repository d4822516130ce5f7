// What `npm start` and `npm test` share: with only some Node (20 or newer) and npm, get the pinned pnpm, the pinned
// Node and the dependencies, then run things on them. Plain JavaScript: nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const { packageManager } = JSON.parse(read('package.json') ?? '{}');

/** The program's environment with the workspace's own programs, its Node among them, first on the PATH. */
const environment = { ...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH };

/** Installs what the lock file says, unless that is what is there. */
export function install() {
  if (read('node_modules/.pnpm/lock.yaml') === read('pnpm-lock.yaml')) return;
  console.error('Installing the pinned dependencies (once) ...');
  pnpm(['install', '--frozen-lockfile', '--reporter', 'append-only'], { quiet: true });
}

/** Runs pnpm, in the version that package.json pins, through npx. Ends the process when it fails. */
export function pnpm(args, options = {}) {
  run(process.platform === 'win32' ? 'npx.cmd' : 'npx', ['--yes', packageManager, ...args], options);
}

/** Runs a program of the workspace. Ends the process with its exit code when it fails. */
export function run(program, args, { quiet = false } = {}) {
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
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  if (error) console.error(`${program} could not be run: ${error.message}`);
  process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

function read(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
