import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
let folder: string;

/** Writes the programs of the README next to the tests, where the name of the package resolves to its sources. */
beforeAll(async () => {
  folder = await mkdtemp(join(here, 'readme-programs-'));
  const readme = await readFile(join(here, '../README.md'), 'utf8');
  const programs = Array.from(readme.matchAll(/^```ts\n(.*?)^```/gmsu), ([, program = '']) => program);
  await Promise.all(programs.map((program, index) => writeFile(join(folder, `${index}.ts`), program)));
  const config = { extends: '../../../../tsconfig.test.json', include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
});
afterAll(() => rm(folder, { recursive: true }));

async function outputOf(index: number): Promise<string[]> {
  const { stdout } = await run(process.execPath, ['--conditions=@crew/source', join(folder, `${index}.ts`)]);
  return stdout.trimEnd().split('\n');
}

test('the programs of the README compile', async () => {
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/u, 'bin/tsc');
  await expect(run(process.execPath, [tsc, '-p', folder])).resolves.toMatchObject({ stdout: '' });
});

test('the first program prints the output that the README shows', async () => {
  const expected = ['401', '429', '200', "3 { messages: [ { role: 'user', content: 'Hi' } ] }"];
  expect(await outputOf(0)).toEqual(expected);
});

test('the TLS program prints the client’s identity', async () => {
  expect(await outputOf(1)).toEqual(['CN=crew']);
});

test('the leak program reports the leak in the message and in the other places', async () => {
  const lines = await outputOf(2);
  expect(lines[0]).toBe('answered 500');
  expect(lines).toContain('api key thrown error.message base64');
});
