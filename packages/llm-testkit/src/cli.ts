#!/usr/bin/env node
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { printable } from '@crew/core';
import type { AdapterDescription } from './adapter.ts';
import { checkAdapter } from './check-adapter.ts';
import { report } from './report.ts';

const USAGE = `Usage: llm-testkit check <module>

Checks an adapter and prints a report. The exit code is 1 if a check failed, and 2 if the module could not be used.
<module> is a JavaScript file (or TypeScript that Node can strip) whose default export describes the adapter:

  export default { name, create, capabilities }
`;

// An uncaught error of the adapter may contain control characters and must not reach the terminal unsanitised.
process.on('uncaughtException', thrown => {
  writeError(`The adapter caused an uncaught exception: ${inspect(thrown)}\n`);
  process.exit(1);
});
process.exitCode = await main();
// Anything that still runs now was left open by the adapter. The timer is unreferenced, so it does not keep the process running itself.
setTimeout(() => {
  writeError('The adapter keeps the process running. Close everything that it opened in close().\n');
  process.exit(1);
}, 5_000).unref();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' } },
    });
    const [command, path, ...more] = positionals;
    if (values.help === true) return writeOutput(USAGE, 0);
    if (command !== 'check' || path === undefined || more.length > 0) return writeError(USAGE);
    const adapter = await load(path);
    const results = await checkAdapter(adapter);
    return writeOutput(report(adapter.name, results), results.some(({ outcome }) => outcome === 'failed') ? 1 : 0);
  } catch (thrown) {
    return writeError(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  }
}

async function load(path: string): Promise<AdapterDescription> {
  const module: unknown = await import(pathToFileURL(resolve(path)).href);
  const adapter: unknown = Reflect.get(Object(module), 'default');
  if (isDescription(adapter)) return adapter;
  throw new Error(`${path} does not describe an adapter. Export { name, create, capabilities } as its default.`);
}

function isDescription(value: unknown): value is AdapterDescription {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && typeof value.name === 'string' && 'create' in value && typeof value.create === 'function';
}

function writeOutput(text: string, code: number): number {
  process.stdout.write(printable(text));
  return code;
}

function writeError(text: string): number {
  process.stderr.write(printable(text));
  return 2;
}
