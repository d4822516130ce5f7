// Runs the tests of several packages without turbo: on another version of Node, on a busy machine, or in another order.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { printResults, readReport } from './test-results.mjs';
import { environment, root } from './workspace.mjs';

/** Number of packages that are tested at the same time, as with turbo. */
const CONCURRENCY = 3;

/**
 * Runs vitest in each package, and prints the output of failed runs and a table of all results. `node` is the path of Node,
 * `variables` are environment variables, and `args` are arguments of vitest. `setting` is the name of the run, and `repeat`
 * returns the command that repeats a failure. Returns the number of failures.
 */
export async function runSuites({ packages, setting, node, variables = {}, args = [], repeat }) {
  const reports = mkdtempSync(join(tmpdir(), 'crew-results-'));
  try {
    const rows = [];
    const waiting = packages.map((each, index) => [each, join(reports, `${index}.json`)]);
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [each, file] = next;
        const { exitCode, output } = await runSuite(each, file, { node, variables, args });
        const report = readReport(file);
        rows.push({ ...each, exitCode, report });
        console.log(`${setting}: ${each.name} ${exitCode === 0 ? 'passed' : 'failed'}`);
        if (exitCode !== 0) process.stdout.write(output);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    const order = packages.map(({ name }) => name);
    rows.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    return printResults(rows, [], repeat);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

function runSuite({ folder }, file, { node, variables, args }) {
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const path = [...(node === undefined ? [] : [dirname(node)]), environment.PATH].join(delimiter);
  const child = spawn(node ?? join(root, 'node_modules', 'node', 'bin', 'node'), [program, 'run', ...report, ...args], {
    cwd: join(root, folder),
    env: { ...environment, ...variables, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  return new Promise(resolve => {
    child.on('error', error => resolve({ exitCode: 1, output: `${error}\n` }));
    child.on('close', code => resolve({ exitCode: code ?? 1, output }));
  });
}
