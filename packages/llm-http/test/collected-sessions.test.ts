import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const client = fileURLToPath(new URL('collected-sessions-client.ts', import.meta.url));

it('the process survives garbage collection of an HTTP/2 session whose header section Node rejected, at every step of its end', async () => {
  const program = ['--expose-gc', '--conditions=@crew/source', client];
  const { stdout } = await promisify(execFile)(process.execPath, program);
  expect(stdout.trim()).toBe('CONNECTION');
});
