// Prints the table at the end of `npm test`, `test:busy` and `test:nodes`, and the command that repeats each failure.
import { readFileSync } from 'node:fs';
import { packageManager } from './workspace.mjs';

/** Reads a report of vitest's JSON reporter. Returns `undefined` if there is none, because vitest failed earlier. */
export function readReport(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const ends = report.testResults.map(({ endTime }) => endTime);
  return {
    passed: report.numPassedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    seconds: Math.max(0, ...ends.map(end => end - report.startTime)) / 1000,
    failures: report.testResults.flatMap(failuresOf),
  };
}

/**
 * Prints a line for each package, each failure with the command that repeats it, and the totals. Returns the number of
 * failures, including `others`. `repeat` returns the command for a package, or for one of its files or tests.
 */
export function printResults(rows, others = [], repeat = vitestCommand) {
  const failures = [...rows.flatMap(row => failuresIn(row, repeat)), ...others];
  const missing = rows.filter(row => resultOf(row) === 'not run').length;
  const lines = rows.map(row => [row.name, testsOf(row), timeOf(row), resultOf(row)]);
  console.log(`\n${format([['package', 'tests', 'time', 'result'], ...lines])}`);
  for (const { title, command } of failures) console.log(`\n✗ ${title}\n  repeat: ${command}`);
  if (missing > 0) console.log(`\n${missing} packages were not tested, because one of their dependencies failed.`);
  const passed = rows.reduce((sum, { report }) => sum + (report?.passed ?? 0), 0);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  return failures.length;
}

function failuresOf({ name: file, status, assertionResults }) {
  const failed = assertionResults.filter(result => result.status === 'failed');
  // A file that could not be loaded, or whose hooks failed, contains no failed test.
  if (failed.length === 0 && status === 'failed') return [{ file, title: undefined }];
  return [...new Set(failed.map(({ fullName }) => fullName))].map(title => ({ file, title }));
}

function failuresIn({ name, folder, exitCode, report }, repeat) {
  const failures = (report?.failures ?? []).map(({ file, title }) => {
    const path = file.slice(file.lastIndexOf(`/${folder}/`) + folder.length + 2);
    const place = `${name}: ${path}${title === undefined ? '' : ` > ${title}`}`;
    return { title: place, command: repeat({ name, folder }, argumentsFor(path, title)) };
  });
  if (failures.length > 0 || exitCode === undefined || exitCode === 0) return failures;
  const title = `${name}: vitest exited with ${exitCode}; its output is above`;
  return [{ title, command: repeat({ name, folder }, '') }];
}

function vitestCommand({ name }, args) {
  return `npx ${packageManager} --filter ${name} exec vitest run${args}`;
}

/** Returns the arguments of vitest that select one file, or one of its tests. */
function argumentsFor(path, title) {
  return ` ${path}${title === undefined ? '' : ` -t ${quote(asPattern(title))}`}`;
}

function resultOf({ exitCode, isCached }) {
  if (exitCode === undefined) return 'not run';
  if (exitCode !== 0) return 'failed';
  return isCached ? 'passed (cached)' : 'passed';
}

function testsOf({ report }) {
  if (report === undefined) return '-';
  const { passed, skipped, failures } = report;
  return `${passed}${failures.length > 0 ? `, ${failures.length} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function timeOf({ report }) {
  return report === undefined ? '-' : `${report.seconds.toFixed(1)} s`;
}

function format(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map(line => line[column].length)));
  return table
    .map(line =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Escapes a title for vitest's `-t`, which takes a regular expression. */
function asPattern(title) {
  return `^${title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll(/\s/g, '\\s')}$`;
}

/** Quotes an argument for a POSIX shell. */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
