import { CredentialError } from '@crew/core';
import { json, manualClock, neverAnswers, withContentType } from '@crew/llm-testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpLLM, memoryTokenStore, oauth, privateKeyJwt, refreshToken, type TokenStore } from '../src/index.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const session = { clientId: 'session', clientSecret: SECRET } as const;
/** Sets the token endpoint, so that faults apply to the token request instead of discovery. */
const undiscovered = (): { readonly tokenEndpoint: string } => ({ tokenEndpoint: fixture.server.tokenEndpoint });

test('the refresh request has grant type, token, scope and client authentication [S15]', async () => {
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

test('a new refresh token replaces the old one and is stored before it is used [S16]', async () => {
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

test.each([
  ['a lifetime of 0', { expires_in: 0 }],
  ['a type that is not Bearer', { token_type: 'mac' }],
  ['no type', { token_type: undefined }],
  ['a scope that is a list', { scope: ['chat'] }],
  ['an access token with a space', { access_token: 'a b' }],
  ['no access token', { access_token: undefined }],
])('a new refresh token is stored although its response has %s [S16]', async (_what, defect) => {
  const clock = manualClock({ wall: Date.now() });
  const answer = { access_token: 'unusable', token_type: 'Bearer', expires_in: 60, refresh_token: 'rt-1', ...defect };
  const before = fixture.server.tokenRequests.length;
  fixture.server.fault(json(answer));
  await using llm = fixture.llm({ ...session, ...undiscovered(), grant: refreshToken('rt-0'), clock });
  await expect(llm.call('Hi')).rejects.toBeInstanceOf(CredentialError);
  await clock.advance(301_000);
  fixture.server.fault(
    json({ ...answer, access_token: 'usable', token_type: 'Bearer', expires_in: 60, scope: 'chat' }),
  );
  await llm.call('Hi').catch(() => undefined);
  const sent = fixture.server.tokenRequests.slice(before).map(({ form }) => form.get('refresh_token'));
  expect(sent.slice(0, 2)).toEqual(['rt-0', 'rt-1']);
});

test('a new refresh token is stored although its response is not marked as JSON or its error is null [S16]', async () => {
  const answers = [
    withContentType(json({ access_token: 'abcd', token_type: 'Bearer', refresh_token: 'rt-1' }), 'text/html'),
    json({ access_token: 'a b', token_type: 'Bearer', refresh_token: 'rt-1', error: null }),
  ];
  for (const answer of answers) {
    const store = memoryTokenStore();
    const written: string[] = [];
    const observed: TokenStore = {
      ...store,
      set: (key, value) => store.set(key, value).then(() => void written.push(value)),
    };
    fixture.server.fault(answer);
    await using llm = fixture.llm({ ...session, ...undiscovered(), grant: refreshToken('rt-0'), store: observed });
    await expect(llm.call('Hi')).rejects.toBeInstanceOf(CredentialError);
    expect(written).toEqual([JSON.stringify({ refreshToken: 'rt-1' })]);
  }
});

test('a refresh token in an error response is ignored [S16]', async () => {
  const clock = manualClock({ wall: Date.now() });
  for (const status of [200, 400]) {
    const refusal = { error: 'temporarily_unavailable', refresh_token: 'rt-evil' };
    fixture.server.fault(json(refusal, { status }), json({ error: 'temporarily_unavailable' }, { status: 400 }));
    await using llm = fixture.llm({ ...session, ...undiscovered(), grant: refreshToken('rt-0'), clock });
    await expect(llm.call('Hi')).rejects.toBeInstanceOf(CredentialError);
    await clock.advance(301_000);
    await expect(llm.call('Hi')).rejects.toBeInstanceOf(CredentialError);
    const sent = fixture.server.tokenRequests.slice(-2).map(({ form }) => form.get('refresh_token'));
    expect(sent).toEqual(['rt-0', 'rt-0']);
  }
});

test('a replaced refresh token is not sent again after an unusable response [S16]', async () => {
  const clock = manualClock({ wall: Date.now() });
  const date = new Date(clock.wall() + 3_600_000).toUTCString();
  const before = fixture.server.tokenRequests.length;
  fixture.server.fault(
    json({ access_token: 'a b', token_type: 'Bearer', refresh_token: 'rt-1' }, { headers: { date } }),
  );
  await using llm = fixture.llm({
    ...undiscovered(),
    clientId: 'private-key',
    clientAuthentication: privateKeyJwt(fixture.privateJwk),
    grant: refreshToken('rt-0'),
    clock,
  });
  await expect(llm.call('Hi')).rejects.toBeInstanceOf(CredentialError);
  expect(fixture.server.tokenRequests.length - before).toBe(1);
});

test('a response without a refresh token keeps the old one [S16]', async () => {
  await using fixed = await startFixture({ rotate: false });
  const clock = manualClock({ wall: Date.now() });
  const token = await fixed.server.login('session');
  await using llm = fixed.llm({ ...session, grant: refreshToken(token), clock });
  await llm.call('Hi');
  await clock.advance(61_000);
  await llm.call('Hi');
  expect(fixed.server.tokenRequests.map(({ form }) => form.get('refresh_token'))).toEqual([token, token]);
});

test('fifty concurrent calls make one refresh request [S17]', async () => {
  const token = await fixture.server.login('session');
  const before = fixture.server.tokenRequests.length;
  await using llm = fixture.llm({ ...session, grant: refreshToken(token) });
  const answers = await Promise.all(Array.from({ length: 50 }, () => llm.call('Hi')));
  expect(new Set(answers)).toEqual(new Set(['Hello.']));
  expect(fixture.server.tokenRequests).toHaveLength(before + 1);
});

test('tokens for two resources of one login use its refresh token one after the other [S17]', async () => {
  const token = await fixture.server.login('session');
  const store = memoryTokenStore();
  const shared = { ...session, grant: refreshToken(token), store } as const;
  await using one = fixture.llm({ ...shared, scope: 'chat' });
  await using other = fixture.llm({ ...shared, parameters: { note: 'other' } });
  expect(await Promise.all([one.call('Hi'), other.call('Hi')])).toEqual(['Hello.', 'Hello.']);
});

test('invalid_grant is terminal, advises a new login and is not retried [S18]', async () => {
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

test('a refused refresh token is deleted only if the store still holds it [S18]', async () => {
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
  const stored = Promise.withResolvers<void>();
  fixture.server.fault({
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: async function* () {
      await stored.promise;
      yield JSON.stringify({ error: 'invalid_grant' });
    },
  });
  const request = fixture.server.front.nextRequest();
  const refused = llm.call('Hi').catch((thrown: unknown) => thrown);
  await request;
  await store.set(family, foreign);
  stored.resolve();
  expect(await refused).toMatchObject({ terminal: true });
  expect(await store.get(family)).toBe(foreign);
});

test('a new login replaces a refused refresh token', async () => {
  let token = 'never-issued';
  const clock = manualClock({ wall: Date.now() });
  await using llm = fixture.llm({ ...session, grant: refreshToken(() => token), clock });
  await expect(llm.call('Hi')).rejects.toMatchObject({ terminal: true });
  token = await fixture.server.login('session');
  await clock.advance(301_000);
  expect(await llm.call('Hi')).toBe('Hello.');
});

test('a caller that aborts does not lose the refresh token of the pending response', async () => {
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

test('close() waits for a pending refresh, whose new refresh token is stored', async () => {
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

test('close() aborts a pending refresh after 5 seconds', async () => {
  const clock = manualClock({ wall: Date.now() });
  fixture.server.fault(neverAnswers());
  const request = fixture.server.front.nextRequest();
  const llm = fixture.llm({ ...session, ...undiscovered(), grant: refreshToken('rt-0'), clock });
  const call = llm.call('Hi').catch((thrown: unknown) => thrown);
  const arrived = await request;
  let isClosed = false;
  const closed = llm.close().then(() => {
    isClosed = true;
  });
  await clock.advance(4_999);
  expect(isClosed).toBe(false);
  await clock.advance(1);
  await closed;
  await fixture.server.front.whenClosed(arrived);
  expect(await call).toMatchObject({ name: 'AbortError' });
});

test('one authenticator serves two LLMs and continues when the first is closed', async () => {
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

test('a new refresh token is not used until the store has saved it', async () => {
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

test('a store without its methods and an empty refresh token are ConfigurationErrors', () => {
  const options = { tokenEndpoint: 'https://idp.test/token', clientId: 'a', clientSecret: SECRET };
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
