// `npm test`: install, then build, type-check, lint and test every package, and print one table of the results. turbo
// skips what has not changed; what fails does not stop the others. Arguments are turbo's: `npm test -- --filter=@crew/core`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { printResults, readReport } from './test-results.mjs';
import { install, packageManager, pnpmStatus, root, testedPackages } from './workspace.mjs';

const TASKS = ['build', 'typecheck', 'lint', 'lint:regexps', 'check:changesets', 'test'];
/**
 * Arguments of turbo: it shows every failure, and leaves out only tasks that need the one that failed. Tests wait for
 * sockets and processes half of the time, so that two cores have enough to do with three packages.
 */
const THOROUGH = ['--continue=dependencies-successful', '--concurrency=3', '--output-logs=new-only'];

install();
const packages = testedPackages();
const summaries = join(root, '.turbo', 'runs');
rmSync(summaries, { recursive: true, force: true });
// turbo restores those of the packages that it skips.
for (const { folder } of packages) rmSync(join(root, folder, 'test-results'), { recursive: true, force: true });
const status = pnpmStatus(['exec', 'turbo', 'run', ...TASKS, ...THOROUGH, '--summarize', ...process.argv.slice(2)]);

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

/** Returns the tasks of turbo's summary of the run; none when it did not get so far. */
function readTasks() {
  try {
    const [file] = readdirSync(summaries);
    return JSON.parse(readFileSync(join(summaries, file), 'utf8')).tasks;
  } catch {
    return [];
  }
}
