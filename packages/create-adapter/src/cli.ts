#!/usr/bin/env node
import { relative, resolve } from 'node:path';
import { intro, outro } from '@clack/prompts';
import { excerpt, printable } from '@crew/core';
import { CancelledError, completeOptions, parseCommandLine } from './command-line.ts';
import { createAdapter } from './create-adapter.ts';

const USAGE = `Usage: npm create @crew/adapter@latest [name] -- [options]

Creates the package of a Crew adapter, with its tests and the workflows that test and publish it.

  --kind, -k <kind>      authenticator for @crew/llm-http, or llm for a custom LLM on @crew/core
  --folder, -f <folder>  folder of the package; default: the name without its scope
  --author, -a <name>    author in the license
  --help, -h             show this help

In a terminal it asks for the values that are missing.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const command = parseCommandLine(process.argv.slice(2));
    if (command.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    intro('Create a Crew adapter');
    const options = await completeOptions(command.flags, process.stdin.isTTY === true);
    const files = await createAdapter(options);
    const folder = relative(process.cwd(), resolve(options.folder)) || '.';
    outro(
      `${options.name}: ${files.length} files. Next:\n\n   cd ${excerpt(folder, 1000)}\n   npm install\n   npm test`,
    );
    return 0;
  } catch (thrown) {
    if (thrown instanceof CancelledError) return 1;
    process.stderr.write(`${printable(thrown instanceof Error ? thrown.message : String(thrown))}\n`);
    return 1;
  }
}
