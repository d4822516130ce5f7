import { ConfigurationError, CredentialError } from '@crew/core';
import { manualClock, type Reply, startEndpoint, status, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  formLogin,
  jsonLogin,
  type Login,
  type LoginResponse,
  SessionLLM,
  type SessionLLMOptions,
} from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const FORM = '<form method="post" action="/login"><input name="u"><input type="password" name="p"></form>';
const account = { username: USER, password: PASSWORD };

const LOGIN = jsonLogin({ url: '/login' });

/** Starts a server that sends the given replies to the first logins, and all cookies to the others. */
async function startWithCookies(answers: readonly Reply[]) {
  const rest = [...answers];
  const cookies = { 'set-cookie': ['sid=9876543210; Path=/', 'xsrf=a-token-for-you; Path=/'] };
  const endpoint = await startEndpoint({
    path: '*',
    respond: ({ path }) => (path === '/login' ? (rest.shift() ?? { headers: cookies }) : text('hello')),
  });
  return {
    chat: `${endpoint.origin}/chat`,
    logins: () => endpoint.requests.filter(({ path }) => path === '/login').length,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

describe('a login that fails', () => {
  const wrong = { username: USER, password: 'not the password' };

  it.each([
    ['form', formLogin({ page: '/login' })],
    ['JSON', jsonLogin({ url: '/api/login' })],
  ])('a login with a wrong password (%s) is tried only once, however many calls follow', async (_kind, login) => {
    await using server = await startSessionServer(answering);
    const clock = manualClock({ wall: Date.now() });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...wrong, login, clock });
    const failures = await Promise.allSettled(Array.from({ length: 64 }, () => llm.call('hi')));
    expect(failures.every(({ status }) => status === 'rejected')).toBe(true);
    for (let hours = 0; hours < 5; hours += 1) {
      await clock.advance(3_600_000);
      const failure = await llm.call('hi').catch(thrown => thrown);
      expect(CredentialError.isInstance(failure) && failure.terminal).toBe(true);
    }
    expect(server.logins).toEqual([401]);
  });

  it('a refused login is tried again after the password changed', async () => {
    await using server = await startSessionServer(answering);
    const clock = manualClock({ wall: Date.now() });
    let password = 'not the password';
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      username: USER,
      password: () => password,
      login,
      clock,
    });
    await expect(llm.call('hi')).rejects.toThrow(CredentialError);
    password = PASSWORD;
    await clock.advance(300_000);
    expect(await llm.call('hi')).toBe('hello');
  });

  it('the login of a locked account is tried again after retryLogin()', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
    server.locked = true;
    await expect(llm.call('hi')).rejects.toMatchObject({ terminal: true, message: expect.stringMatching(/locked/) });
    server.locked = false;
    await expect(llm.call('hi')).rejects.toThrow(CredentialError);
    expect(server.logins).toEqual([423]);
    llm.retryLogin();
    expect(await llm.call('hi')).toBe('hello');
  });

  it('a custom login that throws any value is not tried again', async () => {
    await using server = await startSessionServer(answering);
    const clock = manualClock({ wall: Date.now() });
    const login: Login = async ({ fetch }) => {
      const response = await fetch('/api/login', { method: 'POST' });
      if (!response.ok) throw new Error(`The gateway said ${response.status}.`);
    };
    await using llm = new SessionLLM({ endpoint: server.endpoint, login, clock });
    for (let hours = 0; hours < 3; hours += 1) {
      await expect(llm.call('hi')).rejects.toThrow('The gateway said 401.');
      await clock.advance(3_600_000);
    }
    expect(server.logins).toEqual([401]);
  });

  it.each([
    [429, { 'retry-after': '7' }, 7],
    [429, {}, 300],
    [503, {}, undefined],
  ])(
    'a login that fails because the server is busy (%d, %j) is tried again later',
    async (code, headers, retryAfter) => {
      await using server = await startSessionServer(answering);
      const clock = manualClock({ wall: Date.now() });
      await using llm = new SessionLLM({
        endpoint: server.endpoint,
        ...account,
        login: jsonLogin({ url: '/api/login' }),
        clock,
      });
      server.broken = { status: code, headers };
      await expect(llm.call('hi')).rejects.toMatchObject({ terminal: false, retryAfter });
      server.broken = undefined;
      await expect(llm.call('hi')).rejects.toThrow(CredentialError);
      expect(server.logins).toEqual([code]);
      await clock.advance(300_000);
      expect(await llm.call('hi')).toBe('hello');
    },
  );

  it.each([
    ['form', formLogin({ page: '/login' })],
    ['JSON', jsonLogin({ url: '/api/login' })],
  ])('a failed login (%s) waits until the date in Retry-After by the clock of the session', async (_kind, login) => {
    await using server = await startSessionServer(answering);
    const clock = manualClock({ wall: Date.UTC(2050, 0) });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, clock });
    server.broken = { status: 503, headers: { 'retry-after': new Date(clock.wall() + 90_000).toUTCString() } };
    await expect(llm.call('hi')).rejects.toMatchObject({ retryAfter: 90 });
  });

  it('a login is refused by JSON that reports a failure, even with status 200', async () => {
    await using server = await startSessionServer({ path: '*', replies: [{ json: { success: false } }] });
    const login = jsonLogin({ url: server.model.url });
    const refused = { ...account, login, origins: [server.model.origin] };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...refused });
    await expect(llm.call('hi')).rejects.toMatchObject({ terminal: true });
  });

  it('a login that sets no cookie is reported, and tried once', async () => {
    await using server = await startSessionServer({ path: '*', replies: [status(204)] });
    const login = jsonLogin({ url: server.model.url });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, origins: [server.model.origin] });
    await expect(llm.call('hi')).rejects.toThrow(/set no cookie that belongs to/);
    await expect(llm.call('hi')).rejects.toThrow(/set no cookie that belongs to/);
    server.model.verify();
  });

  it.each<[string, Partial<SessionLLMOptions>, Reply]>([
    ['cookie', {}, { body: 'Back in a minute.', headers: { 'content-type': 'text/html' } }],
    ['CSRF cookie', { csrf: { from: { cookie: 'xsrf' } } }, { headers: { 'set-cookie': 'sid=0123456789; Path=/' } }],
  ])('a login without a %s during maintenance is tried again after a pause', async (_what, options, answer) => {
    await using server = await startWithCookies([answer]);
    const clock = manualClock({ wall: Date.now() });
    await using llm = new SessionLLM({ endpoint: server.chat, ...account, ...options, login: LOGIN, clock });
    const failures = await Promise.allSettled(Array.from({ length: 8 }, () => llm.call('hi')));
    expect(failures.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'CredentialError', terminal: undefined });
    expect(server.logins()).toBe(1);
    await clock.advance(60_000);
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins()).toBe(2);
  });

  it('a login without a cookie is tried again at once after retryLogin()', async () => {
    await using server = await startWithCookies([status(204), status(204)]);
    const clock = manualClock({ wall: Date.now() });
    await using llm = new SessionLLM({ endpoint: server.chat, ...account, login: LOGIN, clock });
    for (let call = 0; call < 3; call += 1) {
      await expect(llm.call('hi')).rejects.toThrow(CredentialError);
      await clock.advance(20_000);
    }
    // Two logins were useless, and the third waits for the pause that follows.
    expect(server.logins()).toBe(2);
    llm.retryLogin();
    expect(await llm.call('hi')).toBe('hello');
  });

  it('an aborted login is not repeated without limit, because it might have been refused', async () => {
    await using server = await startSessionServer(answering);
    let begun = 0;
    let caller = new AbortController();
    const login: Login = async ({ signal }) => {
      begun += 1;
      const left = new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      caller.abort();
      await left;
    };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    for (let call = 0; call < 5; call += 1) {
      caller = new AbortController();
      await expect(llm.call('hi', { signal: caller.signal })).rejects.toThrow();
    }
    expect(begun).toBe(2);
  });

  it('a page without a login form is named in the error', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/second' }) });
    await expect(llm.call('hi')).rejects.toThrow(/shows no form with a password/);
    expect(server.logins).toEqual([]);
  });

  it.each([
    ['shows the form again', { body: FORM, headers: { 'content-type': 'text/html' } }],
    ['leads back to the form', { status: 302, headers: { location: '/login?error' } }],
  ])('a refused login is recognised if the server %s', async (_how, answer: Reply) => {
    await using endpoint = await startEndpoint({
      path: '*',
      respond: ({ method }) => (method === 'GET' ? { body: FORM, headers: { 'content-type': 'text/html' } } : answer),
    });
    await using llm = new SessionLLM({
      endpoint: `${endpoint.origin}/chat`,
      ...account,
      login: formLogin({ page: '/login' }),
    });
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'CredentialError', terminal: true });
    expect(endpoint.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('`outcome` decides whether a login failed', async () => {
    await using server = await startSessionServer(answering);
    const outcome = ({ text: said }: LoginResponse) => (said === '{"ok":true}' ? 'locked' : undefined);
    const login = jsonLogin({ url: '/api/login', outcome });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    await expect(llm.call('hi')).rejects.toThrow(/locked/);
  });

  it('a login form that uses GET or posts to another origin is not sent', async () => {
    for (const form of [FORM.replace('post', 'get'), FORM.replace('/login', 'https://evil.example/')]) {
      await using endpoint = await startEndpoint({
        path: '*',
        respond: () => ({ body: form, headers: { 'content-type': 'text/html' } }),
      });
      const login = formLogin({ page: '/login' });
      await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...account, login });
      await expect(llm.call('hi')).rejects.toThrow(ConfigurationError);
      expect(endpoint.requests.map(({ method }) => method)).toEqual(['GET']);
    }
  });
});
