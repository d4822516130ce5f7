import { CredentialError } from '@crew/core';
import { manualClock, neverAnswers, redirect, startEndpoint, status, text } from '@crew/llm-testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryTokenStore, oauth, refreshToken, type TokenStore } from '../src/index.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const session = { clientId: 'session', clientSecret: SECRET } as const;

test('revoke() sends the refresh token in a form and forgets it, and the server ends the family [S67]', async () => {
  const token = await fixture.server.login('session');
  const values = new Map<string, string>();
  const memory = memoryTokenStore();
  const store: TokenStore = {
    ...memory,
    set: async (key, value) => void values.set(key, value),
    get: async key => values.get(key),
    delete: async key => void values.delete(key),
  };
  await using llm = fixture.llm({ ...session, grant: refreshToken(token), store });
  await llm.call('Hi');
  expect(values.size).toBe(2);
  const rotated = JSON.parse([...values].find(([key]) => key.startsWith('refresh-'))?.[1] ?? '{}').refreshToken;
  await llm.revoke();
  const form = fixture.server.revocations.at(-1);
  expect(Object.fromEntries(form ?? [])).toEqual({ token: rotated, token_type_hint: 'refresh_token' });
  expect(fixture.server.requests.at(-1)?.path).not.toContain('?');
  expect(values.size).toBe(0);
  const before = fixture.server.tokenRequests.length;
  await expect(llm.call('Hi')).rejects.toMatchObject({
    terminal: true,
    message: expect.stringContaining('log in again'),
  });
  expect(fixture.server.tokenRequests).toHaveLength(before);
});

test('revoke() revokes the access token if there is no refresh token, and the next call obtains another [S67]', async () => {
  await using llm = fixture.llm({ clientSecret: SECRET });
  await llm.call('Hi');
  const before = fixture.server.tokenRequests.length;
  // The provider does not revoke JWT access tokens. This is its response for an opaque one.
  fixture.server.fault(status(200));
  await llm.revoke();
  expect(fixture.server.revocations.at(-1)?.get('token_type_hint')).toBe('access_token');
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(fixture.server.tokenRequests).toHaveLength(before + 1);
});

test('revoke() reports Retry-After of an unavailable server and forgets nothing [S67]', async () => {
  const token = await fixture.server.login('session');
  await using llm = fixture.llm({ ...session, grant: refreshToken(token) });
  await llm.call('Hi');
  fixture.server.fault(status(503, { headers: { 'retry-after': '30' } }));
  await expect(llm.revoke()).rejects.toMatchObject({ retryAfter: 30, name: 'CredentialError' });
  expect(await llm.call('Hi')).toBe('Hello.');
  await llm.revoke();
  expect(fixture.server.revocations).not.toHaveLength(0);
});

test('revoke() fails after the deadline if the server hangs', async () => {
  const clock = manualClock({ wall: Date.now() });
  await using llm = fixture.llm({ clientSecret: SECRET, clock, deadline: 5_000 });
  await llm.call('Hi');
  fixture.server.fault(neverAnswers());
  const request = fixture.server.front.nextRequest();
  const revoked = llm.revoke().catch((thrown: unknown) => thrown);
  await request;
  await clock.advance(5_000);
  expect(await revoked).toMatchObject({ name: 'CredentialError', message: expect.stringContaining('5000 ms') });
});

test('revoke() follows no redirect [T1]', async () => {
  await using sink = await startEndpoint({ path: '*', respond: () => text('x') });
  await using llm = fixture.llm({ clientSecret: SECRET });
  await llm.call('Hi');
  fixture.server.fault(redirect(307, sink.origin));
  await expect(llm.revoke()).rejects.toBeInstanceOf(CredentialError);
  expect(sink.requests).toHaveLength(0);
});

test('revoke() does nothing without a token, and is a ConfigurationError without an LLM or a revocation endpoint', async () => {
  const before = fixture.server.requests.length;
  await using llm = fixture.llm({
    clientSecret: SECRET,
    issuer: undefined,
    tokenEndpoint: fixture.server.tokenEndpoint,
  });
  await llm.revoke();
  expect(fixture.server.requests).toHaveLength(before);
  await llm.call('Hi');
  await expect(llm.revoke()).rejects.toThrow(/revocationEndpoint/);
  const alone = oauth({ issuer: fixture.server.issuer, clientId: 'basic', clientSecret: SECRET });
  await expect(alone.revoke()).rejects.toThrow(/attached/);
});
