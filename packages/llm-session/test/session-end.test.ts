import { tool } from '@crew/core';
import { manualClock, startEndpoint, text, toolCalls, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, HttpLLM, jsonLogin, SessionLLM, session } from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const account = { username: USER, password: PASSWORD };

describe('a session that ended', () => {
  it.each(['401', '403', 'redirect', 'page'] as const)(
    'a session that ended with a %s is renewed by one login',
    async ended => {
      await using server = await startSessionServer({ ...answering, ended });
      await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
      expect(await llm.call('hi')).toBe('hello');
      server.forget();
      expect(await llm.call('hi')).toBe('hello');
      expect(server.logins).toEqual([302, 302]);
      expect(server.model.requests).toHaveLength(2);
    },
  );

  it('a session is renewed after the server restarted and lost all sessions', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      ...account,
      login: jsonLogin({ url: '/api/login' }),
    });
    await llm.call('hi');
    await server.restart();
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  it('one login renews the session of 64 concurrent calls, each of which succeeds', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      ...account,
      login: jsonLogin({ url: '/api/login' }),
    });
    await llm.call('hi');
    server.forget();
    const answers = await Promise.all(Array.from({ length: 64 }, () => llm.call('hi')));
    expect(answers).toEqual(Array.from({ length: 64 }, () => 'hello'));
    expect(server.logins).toEqual([200, 200]);
    expect(server.model.requests).toHaveLength(65);
  });

  it('one login obtains the session of the first 64 concurrent calls', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
    await Promise.all(Array.from({ length: 64 }, () => llm.call('hi')));
    expect(server.logins).toEqual([302]);
  });

  it('a session that ends during a tool loop is renewed without running a tool twice', async () => {
    const runs: string[] = [];
    await using server = await startSessionServer({
      replies: [
        toolCalls([{ name: 'weather', arguments: { city: 'Oslo' } }]),
        toolCalls([{ name: 'weather', arguments: { city: 'Bergen' } }]),
        text('Rain, and rain.'),
      ],
    });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
    const weather = tool({
      name: 'weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      execute: ({ city }) => {
        runs.push(String(city));
        server.forget();
        return 'rain';
      },
    });
    const availableFunctions = { weather: weather.execute };
    expect(await llm.call('How is the weather?', { tools: [weather], availableFunctions })).toBe('Rain, and rain.');
    expect(runs).toEqual(['Oslo', 'Bergen']);
    expect(server.logins).toEqual([302, 302, 302]);
    server.model.verify();
  });

  it('a session that ends before a stream is renewed before the first chunk', async () => {
    await using server = await startSessionServer({ ...answering, ended: 'page' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
    await llm.call('hi');
    server.forget();
    let said = '';
    for await (const part of llm.stream('hi')) if (part.type === 'text') said += part.text;
    expect(said).toBe('hello');
  });

  it('a renewed session that is refused too is an AuthenticationError, and logins soon pause', async () => {
    await using server = await startSessionServer(answering);
    server.model.setCredential(() => ({ status: 403, body: { error: { message: 'Not for you.' } } }));
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      ...account,
      login: jsonLogin({ url: '/api/login' }),
    });
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'AuthenticationError', status: 403 });
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'AuthenticationError', status: 403 });
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'AuthenticationError', status: 403 });
    expect(server.logins).toEqual([200, 200]);
  });

  it('`expired` decides which responses end the session', async () => {
    await using server = await startSessionServer(answering);
    const own = { ...account, login: jsonLogin({ url: '/api/login' }), expired: () => false };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...own });
    server.model.setCredential(() => ({ status: 403, body: { error: { message: 'Not for you.' } } }));
    await expect(llm.call('hi')).rejects.toMatchObject({ status: 403 });
    expect(server.logins).toEqual([200]);
  });
});

describe('the lifetime of a session', () => {
  it('a session is renewed before a request when its `lifetime` has passed', async () => {
    await using server = await startSessionServer(answering);
    const clock = manualClock({ wall: Date.now() });
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, lifetime: 600_000, clock });
    await llm.call('hi');
    await clock.advance(600_000);
    await llm.call('hi');
    expect(server.logins).toEqual([200, 200]);
    expect(server.model.requests).toHaveLength(2);
  });

  it('`idleTimeout` ends a session that was not used, and no other', async () => {
    await using server = await startSessionServer(answering);
    const clock = manualClock({ wall: Date.now() });
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, idleTimeout: 60_000, clock });
    for (let call = 0; call < 3; call += 1) {
      await llm.call('hi');
      await clock.advance(40_000);
    }
    expect(server.logins).toEqual([200]);
    await clock.advance(20_000);
    await llm.call('hi');
    expect(server.logins).toEqual([200, 200]);
  });
});

it('one session serves several LLMs, even after the one that logged in is closed', async () => {
  await using server = await startSessionServer(answering);
  const auth = session({ ...account, login: jsonLogin({ url: '/api/login' }), logout: '/logout' });
  const first = new HttpLLM({ endpoint: server.endpoint, auth });
  await using second = new HttpLLM({ endpoint: server.endpoint, auth });
  const third = new HttpLLM({ endpoint: server.endpoint, auth });
  await Promise.all([first.call('hi'), second.call('hi')]);
  await Promise.all([first.close(), third.close()]);
  server.forget();
  expect(await second.call('hi')).toBe('hello');
  expect(server.logins).toEqual([200, 200]);
  expect(server.logouts).toBe(0);
});

it('one session for several LLMs is kept if its cookie matches the path of only one of them', async () => {
  let logins = 0;
  await using server = await startEndpoint({
    path: '*',
    respond: ({ path }) => {
      if (path !== '/login') return text('hello');
      logins += 1;
      return { ...text(''), headers: { 'set-cookie': `sid=session-${logins}; Path=/a; Max-Age=60` } };
    },
  });
  const clock = manualClock();
  const auth = session({
    clock,
    login: async ({ fetch }) => void (await fetch('/login', { method: 'POST' })),
  });
  const options = { clock, auth, retry: { retries: 0 } };
  await using here = new HttpLLM({ ...options, endpoint: `${server.origin}/a?version=1` });
  await using there = new HttpLLM({ ...options, endpoint: `${server.origin}/b` });
  for (let round = 0; round < 3; round += 1) {
    expect(await here.call('hi')).toBe('hello');
    await expect(there.call('hi')).rejects.toThrow('set no cookie that belongs to');
  }
  expect(logins).toBe(1);
  // The LLM whose requests had the cookie still notices that it is gone.
  await clock.advance(61_000);
  expect(await here.call('hi')).toBe('hello');
  expect(logins).toBe(2);
});
