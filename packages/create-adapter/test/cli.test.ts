import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-create-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes a package from a name and flags alone, and says what to do next', async () => {
  const { code, stdout } = await create('@acme/my-auth', '--kind', 'authenticator', '--author', 'Ada');
  expect(stdout).toContain('cd my-auth');
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'my-auth/package.json'), 'utf8')).name).toBe('@acme/my-auth');
  expect(readFileSync(join(folder, 'my-auth/LICENSE'), 'utf8')).toContain('Ada');
});

it('writes to another folder, the current one too', async () => {
  expect((await create('my-auth', '-k', 'llm', '-f', '.')).code).toBe(0);
  expect(existsSync(join(folder, 'package.json'))).toBe(true);
});

it.each([
  [['my-auth'], 'give the name, and --kind'],
  [['--kind', 'llm'], 'give the name, and --kind'],
  [['my-auth', '--kind', 'proxy'], '--kind is authenticator or llm, not proxy.'],
  [['My Auth', '--kind', 'llm'], 'npm takes no such name'],
  [['a', 'b', '--kind', 'llm'], 'Give one name, not 2.'],
  [['my-auth', '--colour', 'blue'], "Unknown option '--colour'"],
])('%j ends with 1 and a sentence, and writes nothing', async (args, sentence) => {
  const { code, stderr } = await create(...args);
  expect(stderr).toContain(sentence);
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

it('--help shows every option', async () => {
  const { code, stdout } = await create('--help');
  for (const option of ['--kind', '--folder', '--author', '--help']) expect(stdout).toContain(option);
  expect(code).toBe(0);
});

function create(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
    child.stdin?.end();
  });
}
