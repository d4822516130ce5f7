import { CredentialError } from '@crew/core';
import { json, manualClock } from '@crew/llm-testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpLLM, memoryTokenStore, oauth, refreshToken, type TokenStore } from '../src/index.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const session = { clientId: 'session', clientSecret: SECRET } as const;

test('S15: the refresh request has grant type, token, scope and client authentication', async () => {
  const token = await fixture.server.login('session');
  await using llm = fixture.llm({ ...session, grant: refreshToken(token), scope: 'chat' });
  expect(await llm.call('Hi')).toBe('Hello.');
  const request = fixture.server.tokenRequests.at(-1);
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    grant_type: 'refresh_token',
    refresh_token: token,
    scope: 'chat',
  });
  expect(request?.headers['authorization']).toMatch(/^Basic /);
});

test('S16: a new refresh token takes the place of the old one, stored before it is used', async () => {
  const clock = manualClock({ wall: Date.now() });
  const token = await fixture.server.login('session');
  const log: string[] = [];
  const store = logging(memoryTokenStore(), log);
  const before = fixture.server.tokenRequests.length;
  await using llm = fixture.llm({ ...session, grant: refreshToken(token), store, clock });
  for (let renewal = 0; renewal < 3; renewal += 1) {
    expect(await llm.call('Hi')).toBe('Hello.');
    await clock.advance(61_000);
  }
  const sent = fixture.server.tokenRequests.slice(before).map(({ form }) => form.get('refresh_token'));
  expect(sent).toHaveLength(3);
  expect(new Set(sent).size).toBe(3);
  expect(sent[0]).toBe(token);
  expect(log.filter(entry => entry.startsWith('set refresh-'))).toHaveLength(3);
});

test('S16: an answer without a refresh token keeps the old one', async () => {
  await using fixed = await startFixture({ rotate: false });
  const clock = manualClock({ wall: Date.now() });
  const token = await fixed.server.login('session');
  await using llm = fixed.llm({ ...session, grant: refreshToken(token), clock });
  await llm.call('Hi');
  await clock.advance(61_000);
  await llm.call('Hi');
  expect(fixed.server.tokenRequests.map(({ form }) => form.get('refresh_token'))).toEqual([token, token]);
});

test('S17: fifty calls at once make one refresh', async () => {
  const token = await fixture.server.login('session');
  const before = fixture.server.tokenRequests.length;
  await using llm = fixture.llm({ ...session, grant: refreshToken(token) });
  const answers = await Promise.all(Array.from({ length: 50 }, () => llm.call('Hi')));
  expect(new Set(answers)).toEqual(new Set(['Hello.']));
  expect(fixture.server.tokenRequests).toHaveLength(before + 1);
});

test('S17: tokens for two resources from one login take turns with its refresh token', async () => {
  const token = await fixture.server.login('session');
  const store = memoryTokenStore();
  const shared = { ...session, grant: refreshToken(token), store } as const;
  await using one = fixture.llm({ ...shared, scope: 'chat' });
  await using other = fixture.llm({ ...shared, parameters: { note: 'other' } });
  expect(await Promise.all([one.call('Hi'), other.call('Hi')])).toEqual(['Hello.', 'Hello.']);
});

test('S18: invalid_grant is terminal, says to log in again, and is not tried again', async () => {
  const clock = manualClock({ wall: Date.now() });
  const before = fixture.server.tokenRequests.length;
  await using llm = fixture.llm({ ...session, grant: refreshToken('never-issued'), clock });
  const error = await llm.call('Hi').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CredentialError);
  expect(error).toMatchObject({ terminal: true, message: expect.stringContaining('log in again') });
  expect(String(error)).not.toContain('never-issued');
  for (let hour = 0; hour < 24; hour += 1) {
    await clock.advance(3_600_000);
    await expect(llm.call('Hi')).rejects.toMatchObject({ terminal: true });
  }
  expect(fixture.server.tokenRequests).toHaveLength(before + 1);
});

test('S18: a refused token is deleted from the store only if the store still has that one', async () => {
  const store = memoryTokenStore();
  const keys: string[] = [];
  const observed: TokenStore = { ...store, set: (key, value) => store.set(key, value).then(() => void keys.push(key)) };
  const clock = manualClock({ wall: Date.now() });
  const token = await fixture.server.login('session');
  await using llm = fixture.llm({ ...session, grant: refreshToken(token), store: observed, clock });
  await llm.call('Hi');
  const family = keys.find(key => key.startsWith('refresh-')) ?? '';
  await clock.advance(61_000);
  const foreign = JSON.stringify({ refreshToken: 'of-a-new-login' });
  fixture.server.fault({ ...json({ error: 'invalid_grant' }, { status: 400 }), delivery: { delays: { headers: 50 } } });
  const refused = llm.call('Hi').catch((thrown: unknown) => thrown);
  await fixture.server.front.nextRequest();
  await store.set(family, foreign);
  expect(await refused).toMatchObject({ terminal: true });
  expect(await store.get(family)).toBe(foreign);
});

test('a new login replaces a refresh token that was refused', async () => {
  let token = 'never-issued';
  const clock = manualClock({ wall: Date.now() });
  await using llm = fixture.llm({ ...session, grant: refreshToken(() => token), clock });
  await expect(llm.call('Hi')).rejects.toMatchObject({ terminal: true });
  token = await fixture.server.login('session');
  await clock.advance(301_000);
  expect(await llm.call('Hi')).toBe('Hello.');
});

test('a caller that leaves does not lose the refresh token that is on its way', async () => {
  const token = await fixture.server.login('session');
  await using llm = fixture.llm({ ...session, grant: refreshToken(token) });
  const controller = new AbortController();
  const call = llm.call('Hi', { signal: controller.signal }).catch((thrown: unknown) => thrown);
  while (fixture.server.tokenRequests.at(-1)?.form.get('refresh_token') !== token) {
    await fixture.server.front.nextRequest();
  }
  controller.abort();
  expect(await call).toMatchObject({ name: 'AbortError' });
  expect(await llm.call('Hi')).toBe('Hello.');
});

test('close() waits for a refresh under way, and its new refresh token is stored', async () => {
  const token = await fixture.server.login('session');
  const log: string[] = [];
  const llm = fixture.llm({ ...session, grant: refreshToken(token), store: logging(memoryTokenStore(), log) });
  const call = llm.call('Hi').catch((thrown: unknown) => thrown);
  while (fixture.server.tokenRequests.at(-1)?.form.get('refresh_token') !== token) {
    await fixture.server.front.nextRequest();
  }
  await llm.close();
  expect(await call).toMatchObject({ name: 'AbortError' });
  expect(log.filter(entry => entry.startsWith('set refresh-'))).toHaveLength(1);
});

test('one authenticator serves two LLMs, and goes on when the first is closed', async () => {
  const { url } = fixture.endpoint;
  const { issuer, ca } = fixture.server;
  const clock = manualClock({ wall: Date.now() });
  const auth = oauth({ issuer, clientId: 'basic', clientSecret: SECRET, clock });
  const first = new HttpLLM({ endpoint: url, ca, auth, clock });
  await using second = new HttpLLM({ endpoint: url, ca, auth, clock });
  expect(await first.call('Hi')).toBe('Hello.');
  expect(await second.call('Hi')).toBe('Hello.');
  await first.close();
  await clock.advance(61_000);
  expect(await second.call('Hi')).toBe('Hello.');
});

test('a new refresh token that the store cannot take is not used until it can', async () => {
  const memory = memoryTokenStore();
  let isFull = true;
  const store: TokenStore = {
    ...memory,
    set: async (key, value) => {
      if (isFull) throw new CredentialError('The store is full.');
      return memory.set(key, value);
    },
  };
  const clock = manualClock({ wall: Date.now() });
  const token = await fixture.server.login('session');
  const before = fixture.server.tokenRequests.length;
  await using llm = fixture.llm({ ...session, grant: refreshToken(token), store, clock });
  await expect(llm.call('Hi')).rejects.toThrow('The store is full.');
  await clock.advance(61_000);
  await expect(llm.call('Hi')).rejects.toThrow('The store is full.');
  expect(fixture.server.tokenRequests).toHaveLength(before + 1);
  isFull = false;
  await clock.advance(61_000);
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(fixture.server.tokenRequests).toHaveLength(before + 2);
});

test('a store without its methods, and an empty refresh token, are ConfigurationErrors', () => {
  const options = { tokenEndpoint: 'https://idp.test/token', clientId: 'a' };
  expect(() => oauth({ ...options, store: {} as TokenStore })).toThrow(/exclusively/);
  expect(() => refreshToken('')).toThrow(/empty/);
  expect(() => refreshToken(undefined as unknown as string)).toThrow(/missing/);
});

function logging(store: TokenStore, log: string[]): TokenStore {
  return {
    ...store,
    set: async (key, value) => {
      log.push(`set ${key}`);
      await store.set(key, value);
    },
  };
}
