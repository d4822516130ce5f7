import { CredentialError } from '@crew/core';
import { json, redirect, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { type CsrfOptions, formLogin, jsonLogin, type Login, SessionLLM } from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const account = { username: USER, password: PASSWORD };

describe('the CSRF token', () => {
  it.each<['cookie' | 'header' | 'json' | 'field', CsrfOptions]>([
    ['cookie', { from: { cookie: 'XSRF-TOKEN' } }],
    ['header', { from: { header: 'X-CSRF-Token' } }],
    ['json', { from: { json: ['data', 'csrfToken'] } }],
  ])('the token is found in the %s and renewed with the session', async (csrf, options) => {
    await using server = await startSessionServer({ ...answering, csrf });
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, csrf: options });
    expect(await llm.call('hi')).toBe('hello');
    server.forget();
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  it('the token is found in a hidden field of the login form and of the page after it', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'field' });
    const login = formLogin({ page: '/login' });
    const csrf = { from: { field: '_csrf' } };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, csrf });
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([302]);
  });

  it('the token is fetched from `csrf.page` if the login shows none', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'field' });
    const login: Login = context => jsonLogin({ url: '/api/login' })(context);
    const csrf = { from: { field: '_csrf' }, page: '/' };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, csrf });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('a missing token is a terminal CredentialError that names the last response', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'json' });
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      ...account,
      login,
      csrf: { from: { json: 'token' } },
    });
    await expect(llm.call('hi')).rejects.toThrow(/showed no CSRF token/);
    await expect(llm.call('hi')).rejects.toThrow(CredentialError);
    await using cookie = new SessionLLM({
      endpoint: server.endpoint,
      ...account,
      login,
      csrf: { from: { cookie: 'x' } },
    });
    await expect(cookie.call('hi')).rejects.toThrow(/no CSRF cookie/);
    expect(server.logins).toEqual([200, 200]);
  });

  it('a token in a header of any response replaces the previous one', async () => {
    const setCookie = { 'set-cookie': 'sid=0123456789; Path=/' };
    await using endpoint = await startEndpoint({
      path: '*',
      replies: [
        { headers: { ...setCookie, 'x-next-token': 'first-token' } },
        text('one', { headers: { 'x-next-token': 'second-token' } }),
        text('two'),
        text('three'),
      ],
    });
    const csrf = { from: { header: 'x-next-token' }, header: 'x-token' };
    await using llm = new SessionLLM({
      endpoint: `${endpoint.origin}/chat`,
      ...account,
      login: jsonLogin({ url: '/login' }),
      csrf,
    });
    for (const _ of [1, 2, 3]) await llm.call('hi');
    const sent = endpoint.requests.map(({ headers }) => headers['x-token']);
    expect(sent).toEqual([undefined, 'first-token', 'second-token', 'second-token']);
  });

  it('the token is not sent to another origin by a login or a redirect [S85, T26]', async () => {
    await using elsewhere = await startEndpoint({ path: '*', respond: () => json({}) });
    await using endpoint = await startEndpoint({
      path: '*',
      replies: [
        { headers: { 'set-cookie': 'sid=0123456789; Path=/', 'x-csrf-token': 'the-token-itself' } },
        redirect(308, elsewhere.origin),
      ],
    });
    const login: Login = async ({ fetch }) => {
      await fetch('/login', { method: 'POST' });
      await fetch(`${elsewhere.origin}/profile`, { method: 'POST' });
    };
    const options = { login, csrf: { from: { header: 'x-csrf-token' } }, origins: [elsewhere.origin] };
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...options });
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'ResponseError', status: 308 });
    expect(endpoint.requests.at(-1)?.headers['x-csrf-token']).toBe('the-token-itself');
    expect(elsewhere.requests.map(({ path }) => path)).toEqual(['/profile']);
    expect(elsewhere.requests[0]?.headers['x-csrf-token']).toBeUndefined();
  });

  it('the token is not sent to another origin by a logout [T26]', async () => {
    await using elsewhere = await startEndpoint({ path: '*', respond: () => json({}) });
    await using endpoint = await startEndpoint({
      path: '*',
      respond: ({ path }) =>
        path === '/login'
          ? { headers: { 'set-cookie': 'sid=0123456789; Path=/', 'x-csrf-token': 'the-token-itself' } }
          : text('hello'),
    });
    const csrf = { from: { header: 'x-csrf-token' } };
    const options = { ...account, login: jsonLogin({ url: '/login' }), csrf, origins: [elsewhere.origin] };
    for (const logout of [`${elsewhere.origin}/logout`, `${endpoint.origin}/logout`]) {
      const llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...options, logout });
      await llm.call('hi');
      await llm.close();
    }
    const tokens = [elsewhere, endpoint].map(({ requests }) =>
      requests.filter(({ path }) => path === '/logout').map(({ headers }) => headers['x-csrf-token']),
    );
    expect(tokens).toEqual([[undefined], ['the-token-itself']]);
  });

  it('a token that another origin shows last is ignored', async () => {
    await using elsewhere = await startEndpoint({
      path: '*',
      respond: () => ({ headers: { 'x-csrf-token': 'a-token-from-elsewhere' } }),
    });
    await using endpoint = await startEndpoint({
      path: '*',
      replies: [
        { headers: { 'set-cookie': 'sid=0123456789; Path=/', 'x-csrf-token': 'the-token-itself' } },
        text('hello'),
      ],
    });
    const login: Login = async ({ fetch }) => {
      await fetch('/login', { method: 'POST' });
      await fetch(`${elsewhere.origin}/profile`);
    };
    const options = { login, csrf: { from: { header: 'x-csrf-token' } }, origins: [elsewhere.origin] };
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...options });
    await llm.call('hi');
    expect(endpoint.requests.at(-1)?.headers['x-csrf-token']).toBe('the-token-itself');
  });
});
