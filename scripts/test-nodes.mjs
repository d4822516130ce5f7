// `pnpm test:nodes`: runs the tests on the oldest and the newest supported version of Node, from the npm package `node`.
import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { runSuites } from './run-suites.mjs';
import { choosePackages, install, pnpm } from './workspace.mjs';

/** The oldest version that `engines` of the packages allows, and the newest one. The version in package.json is in between. */
const NODES = ['22.23.0', '26.10.0'];

const HELP = `Usage: pnpm test:nodes [options], or npm run test:nodes -- [options]

Runs the tests of all packages on the oldest and the newest supported version of Node (${NODES.join(', ')}), which npx
downloads once. Exits with 1 if a test failed.

  --nodes <list>     versions of the npm package node, separated by commas (default ${NODES.join(',')})
  --packages <list>  names of packages, with or without scope, separated by commas (default all that have tests)
  --help             print this
`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: NODES.join(',') },
    packages: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else await main();

async function main() {
  install();
  const packages = choosePackages(values.packages);
  // Some tests run the built packages.
  pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
  const results = [];
  for (const version of values.nodes.split(',')) {
    const node = pathOf(version);
    const vitest = join('node_modules', 'vitest', 'vitest.mjs');
    const repeat = ({ folder }, chosen) =>
      `(cd ${folder} && npx --yes --package node@${version} -- node ${relative(folder, vitest)} run${chosen})`;
    const failed = await runSuites({ packages, setting: `Node ${version}`, node, repeat });
    results.push({ failed, line: `Node ${version}: ${failed === 0 ? 'passed' : `${failed} failed`}` });
  }
  for (const { line } of results) console.log(line);
  process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
}

/** Installs a version of Node into the cache of npm if it is missing, and returns the path of its executable. */
function pathOf(version) {
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  const args = ['--yes', '--package', `node@${version}`, '--', 'node', '-p', 'process.execPath'];
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync(npx, args, { encoding: 'utf8', shell });
  if (status === 0) return stdout.trim();
  throw new Error(`npx could not install Node ${version}:\n${stderr}`);
}
