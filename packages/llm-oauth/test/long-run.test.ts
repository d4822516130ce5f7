import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, Task, tool } from '@crew/core';
import { manualClock, type Reply, startEndpoint, text, toolCalls } from '@crew/llm-testkit';
import { importJWK, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { refreshToken } from '../src/index.ts';
import { RESOURCE } from './authorization-server.ts';
import { SECRET, startFixture } from './fixture.ts';

const LIFE = 60_000;
const STEP = 45_000;
const TURNS = 160;

test('an agent that works for two hours with tokens of 60 seconds and rotating refresh tokens loses no call', async () => {
  const clock = manualClock({ wall: Date.now() });
  const issuedAt = new Map<string, number>();
  await using fixture = await startFixture({
    lifetime: 3600,
    // The provider uses the system clock. Here a token lives for 60 seconds of the manual clock.
    rewrite: body => {
      issuedAt.set(String(body['access_token']), clock.wall());
      return { ...body, expires_in: LIFE / 1000 };
    },
  });
  const key = await importJWK(fixture.server.keys.jwk, 'ES256');
  let refusals = 0;
  let turns = 0;
  await using endpoint = await startEndpoint({
    tls: { authority: fixture.server.authority },
    credential: async ({ headers }) => {
      const token = headers['authorization']?.replace('Bearer ', '') ?? '';
      await jwtVerify(token, key, { issuer: fixture.server.issuer, audience: RESOURCE });
      if (clock.wall() < (issuedAt.get(token) ?? 0) + LIFE) return true;
      refusals += 1;
      return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
    },
    respond: (): Reply => {
      turns += 1;
      return turns <= TURNS ? toolCalls([{ name: 'wait', arguments: { turn: turns } }]) : text('Two hours are over.');
    },
  });
  const start = clock.monotonic();
  await using llm = fixture.llm({
    endpoint: endpoint.url,
    clientId: 'session',
    clientSecret: SECRET,
    grant: refreshToken(await fixture.server.login('session')),
    clock,
  });
  const wait = tool({
    name: 'wait',
    description: 'Waits.',
    parameters: { type: 'object', properties: { turn: { type: 'integer' } } },
    execute: async () => {
      // Background renewal uses a real socket. It must not appear to take 45 seconds because the clock jumps.
      while (clock.sleepers > 0) await nextTurn();
      await clock.advance(STEP);
      return 'waited';
    },
  });
  const agent = new Agent({
    role: 'Watcher',
    goal: 'Watch',
    backstory: 'Patient',
    llm,
    tools: [wait],
    maxIterations: TURNS + 5,
  });
  const answer = await agent.executeTask(
    new Task({ description: 'Watch for two hours.', expectedOutput: 'A sentence.' }),
  );
  expect(answer).toBe('Two hours are over.');
  expect(clock.monotonic() - start).toBe(7_200_000);
  expect(turns).toBe(TURNS + 1);
  expect(refusals).toBe(0);
  const sent = fixture.server.tokenRequests.map(({ form }) => form.get('refresh_token'));
  expect(new Set(sent).size).toBe(sent.length);
  expect(sent.length).toBeGreaterThan(100);
});
