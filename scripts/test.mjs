// `npm test`: installs, builds, type-checks, lints and tests every package, and prints a table of the results. turbo skips
// packages that have not changed, and continues after a failure. Arguments are passed to turbo: `npm test -- --filter=@crew/core`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { printResults, readReport } from './test-results.mjs';
import { install, packageManager, pnpmStatus, root, testedPackages } from './workspace.mjs';

const TASKS = ['build', 'typecheck', 'lint', 'lint:regexps', 'lint:comments', 'check:changesets', 'test'];
/**
 * Arguments of turbo: show every failure, and skip only tasks that depend on a failed one. Tests wait for sockets and processes
 * half of the time, so three packages keep two cores busy.
 */
const TURBO_OPTIONS = ['--continue=dependencies-successful', '--concurrency=3', '--output-logs=new-only'];

install();
const packages = testedPackages();
const summaries = join(root, '.turbo', 'runs');
rmSync(summaries, { recursive: true, force: true });
// turbo restores the results of the packages that it skips.
for (const { folder } of packages) rmSync(join(root, folder, 'test-results'), { recursive: true, force: true });
const status = pnpmStatus([
  'exec',
  'turbo',
  'run',
  ...TASKS,
  ...TURBO_OPTIONS,
  '--summarize',
  ...process.argv.slice(2),
]);

const tasks = readTasks();
const isChosen = ({ name }) => process.argv.length === 2 || tasks.some(({ taskId }) => taskId === `${name}#test`);
const rows = packages.filter(isChosen).map(({ name, folder }) => {
  const task = tasks.find(({ taskId }) => taskId === `${name}#test`);
  return {
    name,
    folder,
    exitCode: task?.execution?.exitCode,
    isCached: task?.cache?.status === 'HIT',
    report: readReport(join(root, folder, 'test-results', 'vitest.json')),
  };
});
const otherFailures = tasks
  .filter(({ task, execution }) => task !== 'test' && execution !== undefined && execution.exitCode !== 0)
  .map(({ taskId, task, package: name }) => ({
    title: `${taskId} failed`,
    command: name === '//' ? `npm run ${task}` : `npx ${packageManager} exec turbo run ${task} --filter=${name}`,
  }));
const failed = printResults(rows, otherFailures);
process.exitCode = status === 0 && failed > 0 ? 1 : status;

/** Returns the tasks in the run summary of turbo, or an empty list if turbo failed earlier. */
function readTasks() {
  try {
    const [file] = readdirSync(summaries);
    return JSON.parse(readFileSync(join(summaries, file), 'utf8')).tasks;
  } catch {
    return [];
  }
}
