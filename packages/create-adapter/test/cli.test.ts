import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
/** Characters that a terminal interprets, or displays differently from their order in the text. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const HOSTILE = 'evil\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u009b31m\u202Egnp.exe\u2066\u2028\r';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-create-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('the command creates a package from a name and flags, and prints the next steps', async () => {
  const { code, stdout } = await create('@acme/my-auth', '--kind', 'authenticator', '--author', 'Ada');
  expect(stdout).toContain('cd my-auth');
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'my-auth/package.json'), 'utf8')).name).toBe('@acme/my-auth');
  expect(readFileSync(join(folder, 'my-auth/LICENSE'), 'utf8')).toContain('Ada');
});

it('the command writes to the folder of --folder, even if it is the current one', async () => {
  expect((await create('my-auth', '-k', 'llm', '-f', '.')).code).toBe(0);
  expect(existsSync(join(folder, 'package.json'))).toBe(true);
});

it.each([
  [['my-auth'], 'Pass the name, and --kind'],
  [['--kind', 'llm'], 'Pass the name, and --kind'],
  [['my-auth', '--kind', 'proxy'], '--kind must be authenticator or llm, not proxy.'],
  [['My Auth', '--kind', 'llm'], '"My Auth" is not a valid npm package name'],
  [['a', 'b', '--kind', 'llm'], 'Pass one name, not 2.'],
  [['my-auth', '--colour', 'blue'], "Unknown option '--colour'"],
])('the command exits with 1, prints an error and writes nothing for the arguments %j', async (args, sentence) => {
  const { code, stderr } = await create(...args);
  expect(stderr).toContain(sentence);
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

it('the command prints every option with --help', async () => {
  const { code, stdout } = await create('--help');
  for (const option of ['--kind', '--folder', '--author', '--help']) expect(stdout).toContain(option);
  expect(code).toBe(0);
});

it.each([
  [[`my-${HOSTILE}auth`, '--kind', 'llm'], 1],
  [['my-auth', '--kind', HOSTILE], 1],
  [['my-auth', '--kind', 'llm', `--${HOSTILE}`], 1],
  [['my-auth', '--kind', 'llm', '--folder', `occupied${HOSTILE}`], 1],
  [['my-auth', '--kind', 'llm', '--folder', `free${HOSTILE}`], 0],
])('the command prints only printable characters of hostile arguments: case %# [X28]', async (args, code) => {
  mkdirSync(join(folder, `occupied${HOSTILE}`, 'a'), { recursive: true });
  const ran = await create(...args);
  expect(ran.code).toBe(code);
  expect(ran.stdout + ran.stderr).not.toMatch(UNPRINTABLE);
});

function create(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      ['--conditions=@crew/source', cli, ...args],
      { cwd: folder },
      (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}
