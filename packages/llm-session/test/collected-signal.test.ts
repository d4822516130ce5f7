import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { manualClock } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { formLogin, jsonLogin, SessionLLM } from '../src/index.ts';
import { PASSWORD, USER } from './session-server.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const logins = {
  'a login with JSON': jsonLogin({ url: '/login' }),
  'a login with a form': formLogin({ page: '/login' }),
  'a custom login': async ({ fetch }: { fetch: typeof globalThis.fetch }): Promise<void> => {
    await fetch('/login', { method: 'POST', body: PASSWORD });
  },
};

it.each(Object.entries(logins))('the deadline ends %s even after a garbage collection', async (_name, login) => {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'text/html');
      response.end('<form method="post"><input name="username"><input type="password" name="password"></form>');
      return;
    }
    request.resume();
    response.on('close', left.resolve);
    arrived.resolve();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clock = manualClock();
  const account = { username: USER, password: PASSWORD };
  const options = { clock, deadline: 1_000, timeouts: { total: 600_000 }, retry: { retries: 0 } };
  await using llm = new SessionLLM({ endpoint: `http://127.0.0.1:${port}/v1`, ...account, ...options, login });
  const call = llm.call('hi').catch((thrown: unknown) => thrown);
  await arrived.promise;
  for (let round = 0; round < 5; round += 1) {
    await nextTurn();
    collect();
  }
  await clock.advance(1_500);
  expect(await call).toBeInstanceOf(Error);
  // This never resolves if the request continues.
  await left.promise;
  server.closeAllConnections();
  server.close();
});
