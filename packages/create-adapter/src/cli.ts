#!/usr/bin/env node
import { relative, resolve } from 'node:path';
import { intro, outro } from '@clack/prompts';
import { excerpt, printable } from '@crew/core';
import { createAdapter } from './create-adapter.ts';
import { ask, Cancelled, readFlags } from './read-options.ts';

const USAGE = `Usage: npm create @crew/adapter@latest [name] -- [options]

Writes a package with a Crew adapter, its tests, and the workflows that test and publish it.

  --kind, -k <kind>      authenticator: a credential for @crew/llm-http; llm: a custom LLM on @crew/core
  --folder, -f <folder>  where it is written; default: the name without its scope
  --author, -a <name>    for the license
  --help, -h             shows this

What is missing is asked for.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const command = readFlags(process.argv.slice(2));
    if (command.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    intro('A Crew adapter of your own');
    const options = await ask(command.flags, process.stdin.isTTY === true);
    const files = await createAdapter(options);
    const folder = relative(process.cwd(), resolve(options.folder)) || '.';
    outro(
      `${options.name}: ${files.length} files. Next:\n\n   cd ${excerpt(folder, 1000)}\n   npm install\n   npm test`,
    );
    return 0;
  } catch (thrown) {
    if (thrown instanceof Cancelled) return 1;
    process.stderr.write(`${printable(thrown instanceof Error ? thrown.message : String(thrown))}\n`);
    return 1;
  }
}
