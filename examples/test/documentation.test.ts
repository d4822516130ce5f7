// Every program in README.md, docs/ and the packages' READMEs is compiled as it stands, and run against a local endpoint
// in place of https://gateway.example. What a program needs besides is set up in documentation-settings.ts.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, programs } from './code-blocks.ts';
import { settingFor } from './documentation-settings.ts';

const run = promisify(execFile);
const examples = fileURLToPath(new URL('..', import.meta.url));
// Inside the workspace, so that imports resolve as they do for its members.
const folder = join(examples, '.documentation');
const all = programs();

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

describe.concurrent('runs as it stands:', () => {
  it.each(all.map(program => [program.name, program] as const))('%s', async (_name, program) => {
    await using setting = await settingFor(program.name);
    const { stdout } = await start(program, setting.replace, setting.environment);
    expect(stdout).toMatch(setting.prints);
  });
});

function start(
  { file, code }: Program,
  replace: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<{ stdout: string }> {
  const path = join(folder, 'run', file);
  const changed = Object.entries(replace).reduce((text, [from, to]) => text.replaceAll(from, to), code);
  writeFileSync(path, `${changed}\nexport {};\n`);
  const env = { ...process.env, NODE_OPTIONS: '', ...environment };
  return run(process.execPath, [path], { env, cwd: join(folder, 'run') });
}
