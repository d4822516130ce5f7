import { ConfigurationError } from '@crew/core';
import { createAuthority, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, jsonLogin, type Login, SessionLLM } from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const account = { username: USER, password: PASSWORD };

describe('a login', () => {
  it('by a form finds its fields, and keeps a password of any characters', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([302]);
  });

  it('by JSON posts user name and password', async () => {
    await using server = await startSessionServer(answering);
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      username: () => USER,
      password: async () => PASSWORD,
      login,
    });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('by a function of your own fetches what it must', async () => {
    await using server = await startSessionServer(answering);
    const login: Login = async ({ fetch, signal, username, password }) => {
      const body = JSON.stringify({ username, password });
      const headers = { 'content-type': 'application/json' };
      await fetch('/api/login', { method: 'POST', headers, body, signal });
    };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('keeps Secure cookies over https, with the LLM’s private authority', async () => {
    const authority = await createAuthority();
    const certificate = await authority.issue({ commonName: 'gateway', ip: ['127.0.0.1'] });
    await using server = await startSessionServer({ ...answering, certificate });
    const login = formLogin({ page: '/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ca: certificate.root, ...account, login });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('is made by ready(), before the first call', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({
      endpoint: server.endpoint,
      ...account,
      login: jsonLogin({ url: '/api/login' }),
    });
    await llm.ready();
    expect(server.logins).toEqual([200]);
    await llm.call('hi');
    expect(server.logins).toEqual([200]);
  });

  it('asks no other origin, unless it is to be trusted (threat 5)', async () => {
    await using server = await startSessionServer(answering);
    await using elsewhere = await startSessionServer(answering);
    const login = jsonLogin({ url: `${elsewhere.origin}/api/login` });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    await expect(llm.call('hi')).rejects.toThrow(ConfigurationError);
    expect(elsewhere.logins).toEqual([]);
    const trusting = { ...account, login, origins: [elsewhere.origin] };
    await using other = new SessionLLM({ endpoint: server.endpoint, ...trusting });
    await other.call('hi').catch(() => undefined);
    expect(elsewhere.logins[0]).toBe(200);
  });

  it('is logged out on close() when asked', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'json' });
    const login = jsonLogin({ url: '/api/login' });
    const csrf = { from: { json: ['data', 'csrfToken'] } };
    const llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, csrf, logout: '/logout' });
    await llm.call('hi');
    await llm.close();
    expect(server.logouts).toBe(1);
    const never = new SessionLLM({ endpoint: server.endpoint, ...account, login, csrf, logout: '/logout' });
    await never.close();
    expect(server.logouts).toBe(1);
  });

  it('of a function may log out by another one', async () => {
    await using server = await startSessionServer(answering);
    const login = jsonLogin({ url: '/api/login' });
    const logout = async ({ fetch }: { readonly fetch: typeof globalThis.fetch }) => {
      await fetch('/logout', { method: 'POST' });
    };
    const llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, logout });
    await llm.call('hi');
    await llm.close();
    expect(server.logouts).toBe(1);
  });
});

describe('wrong options', () => {
  const endpoint = 'https://llm.example/v1/chat/completions';
  it.each<[string, object]>([
    ['no login', {}],
    ['a password that is none', { login: jsonLogin({ url: '/l' }), password: 7 }],
    ['an empty password', { login: jsonLogin({ url: '/l' }), password: '' }],
    ['a lifetime that is none', { login: jsonLogin({ url: '/l' }), lifetime: 0 }],
    ['an origin that is none', { login: jsonLogin({ url: '/l' }), origins: ['login.example'] }],
    ['a store that is none', { login: jsonLogin({ url: '/l' }), store: {} }],
    ['a CSRF source that is none', { login: jsonLogin({ url: '/l' }), csrf: { from: { body: 'x' } } }],
    ['two CSRF sources', { login: jsonLogin({ url: '/l' }), csrf: { from: { json: 'x', cookie: 'y' } } }],
    [
      'a CSRF header that HTTP has not',
      { login: jsonLogin({ url: '/l' }), csrf: { from: { json: 'x' }, header: 'a b' } },
    ],
    ['an unknown option', { login: jsonLogin({ url: '/l' }), pasword: 'x' }],
  ])('are a ConfigurationError at construction: %s', (_what, options) => {
    expect(() => Reflect.construct(SessionLLM, [{ endpoint, ...options }])).toThrow(ConfigurationError);
  });

  it('of the logins are too', () => {
    expect(() => Reflect.apply(formLogin, undefined, [{}])).toThrow(ConfigurationError);
    expect(() => Reflect.apply(jsonLogin, undefined, [])).toThrow(ConfigurationError);
  });
});
