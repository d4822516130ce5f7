// Every `@example` in the doc comments of the packages is compiled as it stands, and run against a local endpoint in place
// of https://gateway.example unless it is fenced as `ts no-run`.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docExamples } from './doc-examples.ts';
import { settingFor } from './documentation-settings.ts';
import { type Ran, runTogether } from './programs.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../.doc-examples', import.meta.url));
const all = docExamples();
const running = all.filter(({ runs }) => runs);

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'run'), { recursive: true });
  for (const { file, code } of all) writeFileSync(join(folder, file), `${code}\nexport {};\n`);
  const compilerOptions = { noEmit: true, types: ['node'] };
  const settings = { extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('examples in doc comments', () => {
  let ran: readonly Ran[] = [];

  beforeAll(async () => {
    const setting = await settingFor('doc comments');
    try {
      const programs = running.map(({ file, code }) => {
        const path = join(folder, 'run', file);
        const changed = Object.entries(setting.replace).reduce((text, [from, to]) => text.replaceAll(from, to), code);
        writeFileSync(path, `${changed}\nexport {};\n`);
        return { path, environment: setting.environment };
      });
      ran = await runTogether(programs, join(folder, 'run'));
    } finally {
      await setting[Symbol.asyncDispose]();
    }
  });

  it('stand where people start: there are at least 60', () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
  });

  it('compile as they stand', async () => {
    const compiled = await run('tsc', ['-p', folder]).catch(failed => failed);
    expect(compiled.stdout).toBe('');
  });

  it.each(running.map(({ name }, index) => [name, index] as const))('run to their end: %s', (_name, index) => {
    expect(ran[index]).toMatchObject({ code: 0 });
  });
});
