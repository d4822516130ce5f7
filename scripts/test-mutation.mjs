// `pnpm test:mutation`: changes the security-critical sources in one place at a time, and counts the changes that make a test
// fail. The stryker.config.mjs of each package selects the sources and the tests.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './workspace.mjs';

const help = `Usage: pnpm test:mutation [package ...] [options]

Runs mutation tests of the security-critical sources with Stryker, by default in all packages with a stryker.config.mjs.

  package            Folder in packages/, such as llm-http.
  --mutate GLOB      Sources to mutate, relative to the package, such as 'src/credential/*.ts'.
  --concurrency N    Number of test runners. Default 2.
  --full             Run every mutant again. By default only mutants that changed code or tests can affect.
  --scores           Print only the scores of the last run.
  --help             Print this help.

Fails if a package is below its lowest score. Survivors are listed; reports are in packages/*/reports/mutation.`;

const { values: options, positionals } = parseArgs({
  args: process.argv.slice(2).filter(argument => argument !== '--'),
  allowPositionals: true,
  options: {
    mutate: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    full: { type: 'boolean', default: false },
    scores: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(help);
  process.exit();
}
const known = globSync('packages/*/stryker.config.mjs', { cwd: root })
  .map(path => dirname(path).slice(9))
  .sort();
const unknown = positionals.filter(name => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There are no mutation tests for ${unknown.join(', ')}. Choose from: ${known.join(', ')}.`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : known;
const failed = options.scores ? [] : chosen.filter(name => !run(name));
console.table(chosen.flatMap(scores));
if (failed.length > 0) {
  console.error(`Failed, or below the lowest score: ${failed.join(', ')}.`);
  process.exitCode = 1;
}

function run(name) {
  const { mutate, concurrency, full } = options;
  const args = ['run', '--concurrency', concurrency];
  if (full) args.push('--force');
  if (mutate !== undefined) args.push('--mutate', mutate);
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'), ...args],
    {
      cwd: join(root, 'packages', name),
      stdio: 'inherit',
    },
  );
  return status === 0;
}

/** Returns a row for each folder, and for each file outside of the folders, of the last report of a package. */
function scores(name) {
  const report = join(root, 'packages', name, 'reports/mutation/mutation.json');
  if (!existsSync(report)) return [];
  const rows = new Map();
  for (const [file, { mutants }] of Object.entries(JSON.parse(readFileSync(report, 'utf8')).files)) {
    const place = dirname(file) === 'src' ? file : dirname(file);
    const row = rows.get(place) ?? { place: `${name}/${place}`, noticed: 0, survived: 0, uncovered: 0, score: '' };
    for (const { status } of mutants) {
      if (status === 'Killed' || status === 'Timeout') row.noticed++;
      if (status === 'Survived') row.survived++;
      if (status === 'NoCoverage') row.uncovered++;
    }
    const all = row.noticed + row.survived + row.uncovered;
    rows.set(place, { ...row, score: all === 0 ? '' : `${((100 * row.noticed) / all).toFixed(1)} %` });
  }
  return [...rows.values()];
}
