// Every program in README.md, docs/ and the packages' READMEs is compiled as it stands, and run against a local endpoint
// in place of https://gateway.example. What a program needs besides is set up in documentation-settings.ts.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program as Block, programs } from './code-blocks.ts';
import { type Setting, settingFor } from './documentation-settings.ts';
import { type Program, type Ran, runTogether } from './programs.ts';

const run = promisify(execFile);
const examples = fileURLToPath(new URL('..', import.meta.url));
// Inside the workspace, so that imports resolve as they do for its members.
const folder = join(examples, '.documentation');
const all = programs();
/** So many processes run them, each its share one after the other: starting one for each takes longer than running it. */
const PROCESSES = 3;

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'run'), { recursive: true });
  for (const { file, code } of all) writeFileSync(join(folder, file), `${code}\nexport {};\n`);
  const compilerOptions = { noEmit: true, types: ['node'] };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('all programs compile', async () => {
  expect(all.length).toBeGreaterThan(0);
  const compiled = await run('tsc', ['-p', folder]).catch(failed => failed);
  expect(compiled.stdout).toBe('');
});

describe('runs as it stands:', () => {
  const outcomes = new Map<string, { readonly ran: Ran; readonly prints: RegExp }>();

  beforeAll(async () => {
    const batches = Array.from({ length: PROCESSES }, (_, batch) => all.filter((_one, at) => at % PROCESSES === batch));
    await Promise.all(batches.map(runBatch));
  });

  it.each(all.map(({ name }) => name))('%s', name => {
    const outcome = outcomes.get(name);
    if (outcome === undefined) throw new Error('It was not run.');
    expect(outcome.ran).toMatchObject({ code: 0, stdout: expect.stringMatching(outcome.prints) });
  });

  async function runBatch(batch: readonly Block[]): Promise<void> {
    const set = await Promise.all(batch.map(async program => ({ program, setting: await settingFor(program.name) })));
    try {
      const prepared = set.map(({ program, setting }) => prepare(program, setting));
      const ran = await runTogether(prepared, join(folder, 'run'));
      set.forEach(({ program: { name }, setting: { prints } }, index) => {
        const own = ran[index];
        if (own !== undefined) outcomes.set(name, { ran: own, prints });
      });
    } finally {
      await Promise.all(set.map(({ setting }) => setting[Symbol.asyncDispose]()));
    }
  }
});

/** Writes the program where it is run, with the setting's names in it. */
function prepare({ file, code }: Block, { replace, environment }: Setting): Program {
  const path = join(folder, 'run', file);
  const changed = Object.entries(replace).reduce((text, [from, to]) => text.replaceAll(from, to), code);
  writeFileSync(path, `${changed}\nexport {};\n`);
  return { path, environment };
}
