import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SECRET, startFixture } from './fixture.ts';

/** The task of a process of `token-process.ts`. */
export interface ProcessTask {
  readonly endpoint: string;
  readonly ca: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly store: string;
}

test('four processes that share a store make one token request, and rotation continues [issues 15 and 17, T41]', async () => {
  await using fixture = await startFixture();
  const store = await mkdtemp(join(tmpdir(), 'crew-processes-'));
  try {
    const task: ProcessTask = {
      endpoint: fixture.endpoint.url,
      ca: fixture.server.ca,
      issuer: fixture.server.issuer,
      clientId: 'session',
      clientSecret: SECRET,
      refreshToken: await fixture.server.login('session'),
      store,
    };
    const answers = await Promise.all(Array.from({ length: 4 }, () => runProcess(task)));
    expect(answers).toEqual(Array.from({ length: 4 }, () => 'Hello.'));
    expect(fixture.server.tokenRequests).toHaveLength(1);
    // If the first token had been used twice, the server would have revoked the family.
    for (const file of await readdir(store)) {
      if (file.startsWith('access-')) await rm(join(store, file));
    }
    expect(await runProcess(task)).toBe('Hello.');
    expect(fixture.server.tokenRequests).toHaveLength(2);
    const names = (await readdir(store)).join();
    for (const file of await readdir(store))
      expect(names).not.toContain((await readFile(join(store, file))).toString());
    expect(names).not.toContain(task.refreshToken);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
});

function runProcess(task: ProcessTask): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const script = new URL('token-process.ts', import.meta.url);
    const child = fork(script, { execArgv: ['--conditions=@crew/source', '--no-warnings'], stdio: 'inherit' });
    let answer: unknown = 'nothing';
    child.on('message', message => {
      answer = message;
    });
    child.on('error', reject);
    child.on('exit', () => resolve(answer));
    child.send(task);
  });
}
