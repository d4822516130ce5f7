// `pnpm test:busy`: runs the tests on a busy machine, in the usual order and in a random order.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { runSuites } from './run-suites.mjs';
import { choosePackages, install, pnpm } from './workspace.mjs';

const HELP = `Usage: pnpm test:busy [options], or npm run test:busy -- [options]

Runs the tests of all packages while loops keep every core busy: once in the usual order of files and once in a random
order. Exits with 1 if a test failed.

  --runs <n>         repetitions of both runs (default 1)
  --loops <n>        number of busy loops (default 8)
  --packages <list>  names of packages, with or without scope, separated by commas (default all that have tests)
  --seed <n>         seed of all property tests (default 12)
  --order <n>        seed of the first random order; later runs count up (default random, printed)
  --help             print this
`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    loops: { type: 'string', default: '8' },
    packages: { type: 'string' },
    seed: { type: 'string', default: '12' },
    order: { type: 'string', default: String(randomInt(1, 2 ** 31 - 1000)) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else await main();

async function main() {
  install();
  const packages = choosePackages(values.packages);
  const [runs, loops, seed, order] = ['runs', 'loops', 'seed', 'order'].map(wholeNumber);
  // Some tests run the built packages.
  pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
  // Threads of this process end with it, even if it crashes.
  const busy = Array.from({ length: loops }, () => new Worker('for (;;);', { eval: true }));
  console.log(`${loops} busy loops; property tests start from seed ${seed}.`);
  const results = [];
  for (let index = 0; index < runs; index += 1) {
    const shuffled = ['--sequence.shuffle.files', `--sequence.seed=${order + index}`];
    for (const args of [[], shuffled]) {
      const setting = `run ${index + 1}, ${args.length === 0 ? 'usual order' : `random order ${order + index}`}`;
      const started = performance.now();
      const variables = { CREW_TEST_SEED: String(seed) };
      const settings = `--loops ${loops} --seed ${seed} --order ${order + index}`;
      const repeat = ({ name }) => `npm run test:busy -- --packages ${name} ${settings}`;
      const failed = await runSuites({ packages, setting, variables, args, repeat });
      const minutes = ((performance.now() - started) / 60_000).toFixed(1);
      results.push({ failed, line: `${setting}: ${failed === 0 ? 'passed' : `${failed} failed`} in ${minutes} min` });
    }
  }
  for (const { line } of results) console.log(line);
  await Promise.all(busy.map(worker => worker.terminate()));
  process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
}

function wholeNumber(name) {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0)
    throw new RangeError(`--${name} must be a whole number, not ${values[name]}.`);
  return value;
}
