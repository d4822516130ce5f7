import { CredentialError, type CrewEvent } from '@crew/core';
import {
  type Endpoint,
  json,
  type ManualClock,
  manualClock,
  neverAnswers,
  type Reply,
  refusedPort,
  startEndpoint,
  status,
  text,
} from '@crew/llm-testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientSecretBasic, OAuthLLM, type OAuthLLMOptions, privateKeyJwt } from '../src/index.ts';
import { SECRET } from './fixture.ts';

let clock: ManualClock;
let server: Endpoint;
let issued: number;
let outage: Reply | Promise<Reply> | undefined;
/** Responds to `/token-...`. */
let tokens: (path: string) => Reply;
beforeEach(async () => {
  clock = manualClock();
  issued = 0;
  outage = undefined;
  server = await startEndpoint({
    tls: true,
    path: '*',
    respond: ({ path }) => {
      if (path.startsWith('/token-')) return tokens(path);
      if (path !== '/token') return text('Hello.');
      issued += 1;
      return outage ?? json({ access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 60 });
    },
  });
});
afterEach(() => server.close());

function llm(options: Partial<OAuthLLMOptions> = {}): OAuthLLM {
  return new OAuthLLM({
    endpoint: `${server.origin}/v1`,
    ca: server.ca,
    retry: { retries: 0 },
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'crew',
    clientAuthentication: clientSecretBasic(SECRET),
    clock,
    ...options,
  });
}

/** A token response that starts but never completes. */
function stalled(): Reply {
  const body = async function* (): AsyncGenerator<string> {
    yield '{"access_token":';
    await new Promise(() => undefined);
  };
  return { headers: { 'content-type': 'application/json' }, body };
}

const attempt = (one: OAuthLLM): Promise<unknown> => one.call('Hi').catch((thrown: unknown) => thrown);

test('200 callers make a bounded number of token requests during an outage of 60 seconds and succeed after it [T49]', async () => {
  outage = status(503, { body: 'down' });
  await using one = llm();
  let failures = 0;
  for (let second = 0; second < 60; second += 3) {
    // All callers at once at the start and in the middle, and a few in between.
    const callers = second % 30 === 0 ? 200 : 10;
    const results = await Promise.all(Array.from({ length: callers }, () => attempt(one)));
    failures += results.filter(result => CredentialError.isInstance(result)).length;
    await clock.advance(3_000);
  }
  expect(failures).toBe(2 * 200 + 18 * 10);
  // Without backoff each of the 20 rounds would send one. The pauses grow with jitter from 1 to 60 seconds.
  expect(issued).toBeGreaterThanOrEqual(2);
  expect(issued).toBeLessThanOrEqual(14);
  outage = undefined;
  await clock.advance(61_000);
  expect(await one.call('Hi')).toBe('Hello.');
});

test('an outage during early renewal fails no call, because the valid token stays in use', async () => {
  await using one = llm();
  expect(await one.call('Hi')).toBe('Hello.');
  outage = status(500, { body: 'down' });
  for (let second = 0; second < 55; second += 1) {
    await clock.advance(1_000);
    expect(await one.call('Hi')).toBe('Hello.');
  }
  expect(issued).toBeGreaterThan(1);
  expect(issued).toBeLessThan(25);
  outage = undefined;
  await clock.advance(61_000);
  expect(await one.call('Hi')).toBe('Hello.');
});

test('no token request is sent before Retry-After of a 429 has passed', async () => {
  outage = status(429, { headers: { 'retry-after': '120' } });
  await using one = llm();
  expect(await attempt(one)).toMatchObject({ retryAfter: 120, terminal: false });
  for (let second = 0; second < 119; second += 17) {
    expect(await attempt(one)).toBeInstanceOf(CredentialError);
    await clock.advance(17_000);
  }
  expect(issued).toBe(1);
  outage = undefined;
  await clock.advance(5_000);
  expect(await one.call('Hi')).toBe('Hello.');
});

test('Retry-After may be a date', async () => {
  outage = status(503, { headers: { 'retry-after': new Date(clock.wall() + 90_000).toUTCString() } });
  await using one = llm();
  expect(await attempt(one)).toMatchObject({ retryAfter: 90 });
});

test.each([
  ['hangs', neverAnswers()],
  ['stops in the middle of its answer (threat 48)', stalled()],
])('a token request to a server that %s fails after the deadline', async (_what, reply) => {
  outage = reply;
  await using one = llm({ deadline: 5_000 });
  const call = attempt(one);
  await server.nextRequest();
  await clock.advance(5_000);
  expect(await call).toMatchObject({ name: 'CredentialError', message: expect.stringContaining('5000 ms') });
});

test('an unreachable server is a CredentialError with its cause', async () => {
  await using one = llm({ tokenEndpoint: `https://127.0.0.1:${await refusedPort()}/token` });
  expect(await attempt(one)).toMatchObject({
    message: expect.stringContaining('could not be reached'),
    cause: { name: 'ConnectionError' },
  });
});

test.each(['invalid_client', 'unauthorized_client', 'invalid_scope', 'unsupported_grant_type', 'invalid_grant'])(
  'the terminal error %s leads to one request for a hundred calls in the next minutes',
  async error => {
    outage = json({ error }, { status: 400 });
    await using one = llm();
    for (let call = 0; call < 100; call += 1) {
      expect(await attempt(one)).toMatchObject({ terminal: true });
      await clock.advance(2_500);
    }
    expect(issued).toBe(1);
  },
);

test.each(['temporarily_unavailable', 'server_error', 'slow_down'])('the error %s is not terminal', async error => {
  outage = json({ error }, { status: 400 });
  await using one = llm();
  expect(await attempt(one)).toMatchObject({ terminal: false });
});

test('other callers receive the token when the first caller aborts [T43]', async () => {
  const held = Promise.withResolvers<Reply>();
  outage = held.promise;
  await using one = llm();
  const controller = new AbortController();
  const first = one.call('Hi', { signal: controller.signal }).catch((thrown: unknown) => thrown);
  const others = Array.from({ length: 9 }, () => one.call('Hi'));
  await server.nextRequest();
  controller.abort();
  expect(await first).toMatchObject({ name: 'AbortError' });
  held.resolve(json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 }));
  expect(new Set(await Promise.all(others))).toEqual(new Set(['Hello.']));
  expect(issued).toBe(1);
});

test("an assertion that is invalid because of a wrong clock is signed once more with the server's time [issue 21]", async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { decodeJwt } = await import('jose');
  const seen: number[] = [];
  const serverNow = clock.wall() + 3_600_000;
  await using strict = await startEndpoint({
    tls: true,
    path: '*',
    respond: ({ path, body }) => {
      if (path !== '/token') return text('Hello.');
      const { exp = 0 } = decodeJwt(new URLSearchParams(body).get('client_assertion') ?? '');
      seen.push(exp);
      const headers = { date: new Date(serverNow).toUTCString() };
      if (exp * 1000 < serverNow) return json({ error: 'invalid_client' }, { status: 401, headers });
      return json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 }, { headers });
    },
  });
  await using one = llm({
    endpoint: `${strict.origin}/v1`,
    ca: strict.ca,
    tokenEndpoint: `${strict.origin}/token`,
    issuer: strict.origin,
    clientAuthentication: privateKeyJwt(privateKey),
  });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(seen).toHaveLength(2);
  expect((seen[1] ?? 0) - (seen[0] ?? 0)).toBeGreaterThan(3_500);
});

/** Returns the dates in the assertion of the latest token request, in seconds from now by the local clock. */
async function lastDates(): Promise<{ readonly iat: number; readonly exp: number }> {
  const { decodeJwt } = await import('jose');
  const { body } = server.requests.findLast(({ path }) => path.startsWith('/token')) ?? {};
  const { iat = 0, exp = 0 } = decodeJwt(new URLSearchParams(body).get('client_assertion') ?? '');
  const now = clock.wall() / 1000;
  return { iat: Math.round(iat - now), exp: Math.round(exp - now) };
}

async function assertingTenants(dateOf: (path: string) => number): Promise<OAuthLLM> {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  tokens = path => {
    const headers = { date: new Date(dateOf(path)).toUTCString() };
    return json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 }, { headers });
  };
  return llm({
    issuer: server.origin,
    clientAuthentication: privateKeyJwt(privateKey),
    tenant: context => ({ id: String(context), tokenEndpoint: `${server.origin}/token-${context}` }),
  });
}

test('the clock of one server does not affect assertions for another [S22, S35]', async () => {
  await using one = await assertingTenants(path => clock.wall() + (path === '/token-a' ? 3_600_000 : 0));
  await one.call('Hi', { authContext: 'a' });
  await one.call('Hi', { authContext: 'b' });
  expect(await lastDates()).toEqual({ iat: -5, exp: 60 });
  await clock.advance(61_000);
  await one.call('Hi', { authContext: 'a' });
  expect((await lastDates()).iat).toBeGreaterThan(3_500);
});

test.each([10 * 365 * 86_400_000, -10 * 365 * 86_400_000, 86_400_000 + 5_000, -86_405_000, 23 * 3_600_000, 3_602_000])(
  'a server clock that is %i ms off does not change the dates of assertions [S22, S35, X19]',
  async offset => {
    await using one = await assertingTenants(() => clock.wall() + offset);
    await one.call('Hi', { authContext: 'a' });
    await clock.advance(61_000);
    await one.call('Hi', { authContext: 'a' });
    expect(await lastDates()).toEqual({ iat: -5, exp: 60 });
  },
);

test('events report each obtained token without showing it', async () => {
  const events: CrewEvent[] = [];
  await using one = llm({ name: 'gateway' });
  one.on('credential', event => events.push(event));
  await one.call('Hi');
  await clock.advance(45_000);
  await one.call('Hi');
  await clock.advance(1_000);
  const credential = events.filter(event => event.type === 'credential');
  expect(credential.map(event => [event.authenticator, event.action])).toEqual([
    ['gateway', 'obtained'],
    ['gateway', 'renewed'],
  ]);
  expect(JSON.stringify(events)).not.toContain('token-');
});
