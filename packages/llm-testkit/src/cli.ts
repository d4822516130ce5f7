#!/usr/bin/env node
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { printable } from '@crew/core';
import type { AdapterDescription } from './adapter.ts';
import { checkAdapter } from './check-adapter.ts';
import { report } from './report.ts';

const USAGE = `Usage: llm-testkit check <module>

Checks an adapter and prints a report. The exit code is 1 when a check failed, and 2 when the module could not be used.
<module> is a JavaScript file (or TypeScript that Node can strip) whose default export describes the adapter:

  export default { name, create, capabilities }
`;

// What an adapter throws where nobody waits for it must not reach the terminal as it is.
process.on('uncaughtException', thrown => {
  complain(`The adapter threw where nothing could catch it: ${inspect(thrown)}\n`);
  process.exit(1);
});
process.exitCode = await main();
// Whatever still runs by now was left behind by the adapter. Unreferenced, this timer keeps nothing running itself.
setTimeout(() => {
  complain('The adapter keeps the process running: something that it opened is not closed by close().\n');
  process.exit(1);
}, 5_000).unref();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' } },
    });
    const [command, path, ...more] = positionals;
    if (values.help === true) return say(USAGE, 0);
    if (command !== 'check' || path === undefined || more.length > 0) return complain(USAGE);
    const adapter = await load(path);
    const results = await checkAdapter(adapter);
    return say(report(adapter.name, results), results.some(({ outcome }) => outcome === 'failed') ? 1 : 0);
  } catch (thrown) {
    return complain(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  }
}

async function load(path: string): Promise<AdapterDescription> {
  const module: unknown = await import(pathToFileURL(resolve(path)).href);
  const adapter: unknown = Reflect.get(Object(module), 'default');
  if (isDescription(adapter)) return adapter;
  throw new Error(`${path} must export the description of an adapter as its default: { name, create, capabilities }.`);
}

function isDescription(value: unknown): value is AdapterDescription {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && typeof value.name === 'string' && 'create' in value && typeof value.create === 'function';
}

function say(text: string, code: number): number {
  process.stdout.write(printable(text));
  return code;
}

function complain(text: string): number {
  process.stderr.write(printable(text));
  return 2;
}
