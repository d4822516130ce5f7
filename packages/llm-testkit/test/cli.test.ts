import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const modules = fileURLToPath(new URL('adapters/', import.meta.url));

it.concurrent('`check` prints a report and exits with 0 when no check failed', async ({ expect }) => {
  const { code, stdout } = await llmTestkit('check', 'good-module.ts');
  expect(stdout).toMatch(/^a good adapter\n\n {2}contract\n {4}✓ sends a string as one user message \(\d+ ms\)\n/);
  expect(stdout).toMatch(
    /- ends running calls and every connection.* \(does not apply: capabilities.ownConnections is false\)/,
  );
  expect(stdout).toMatch(/\n\d+ passed, 0 failed, 2 do not apply\n$/);
  expect(code).toBe(0);
});

it.concurrent('`check` exits with 1 and explains the failed checks', async ({ expect }) => {
  const { code, stdout } = await llmTestkit('check', 'bad-module.ts');
  expect(Array.from(stdout.matchAll(/✗ (.+) \(\d+ ms\)/g), ([, name]) => name)).toEqual([
    'sends the stop words of the LLM and of the call to the server',
    'keeps concurrent calls apart',
  ]);
  expect(stdout).toMatch(/\n\d+ passed, 2 failed, 2 do not apply\n$/);
  expect(stdout).toContain('the request must contain every stop word once');
  expect(stdout).toContain('Why it matters: A server without the stop words generates');
  expect(stdout).toContain('Guide: docs/write-an-adapter.md#stop-words');
  expect(code).toBe(1);
});

it.concurrent('`check` exits with 2 for a module that does not describe an adapter', async ({ expect }) => {
  const { code, stderr } = await llmTestkit('check', 'bearer.ts');
  expect(stderr).toContain('bearer.ts does not describe an adapter');
  expect(code).toBe(2);
});

it.concurrent('`check` exits with 1 for an adapter that keeps the process running', async ({ expect }) => {
  const { code, stderr } = await llmTestkit('check', 'restless-module.ts');
  expect(stderr).toContain('The adapter keeps the process running');
  expect(code).toBe(1);
});

it.concurrent('prints the usage and exits with 2 without a command', async ({ expect }) => {
  const { code, stderr } = await llmTestkit();
  expect(stderr).toContain('Usage: llm-testkit check <module>');
  expect(code).toBe(2);
});

it.concurrent('sanitises the texts of an adapter and its errors [X28]', async ({ expect }) => {
  const { code, stdout } = await llmTestkit('check', 'hostile-module.ts');
  expect(code).toBe(1);
  expect(stdout).toContain('evil');
  expect(stdout).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
});

it.concurrent('sanitises the error of a module that cannot be loaded [X28]', async ({ expect }) => {
  const { code, stderr } = await llmTestkit('check', 'evil\u001b]52;c;ZXZpbA==\u0007\u202E.ts');
  expect(code).toBe(2);
  expect(stderr).toContain('evil');
  expect(stderr).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
});

function llmTestkit(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--conditions=@crew/source', cli, ...args];
  return new Promise(resolve => {
    execFile(process.execPath, command, { cwd: modules }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}
