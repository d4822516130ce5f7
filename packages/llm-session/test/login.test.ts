import { ConfigurationError } from '@crew/core';
import { createAuthority, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, jsonLogin, type Login, SessionLLM, session } from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const account = { username: USER, password: PASSWORD };

describe('a login', () => {
  it('formLogin finds the fields of the form and sends any character of the password unchanged', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/login' }) });
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([302]);
  });

  it('jsonLogin posts user name and password', async () => {
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

  it('a custom login sends its own requests', async () => {
    await using server = await startSessionServer(answering);
    const login: Login = async ({ fetch, signal, username, password }) => {
      const body = JSON.stringify({ username, password });
      const headers = { 'content-type': 'application/json' };
      await fetch('/api/login', { method: 'POST', headers, body, signal });
    };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('a login over https with a private CA stores Secure cookies', async () => {
    const authority = await createAuthority();
    const certificate = await authority.issue({ commonName: 'gateway', ip: ['127.0.0.1'] });
    await using server = await startSessionServer({ ...answering, certificate });
    const login = formLogin({ page: '/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ca: certificate.root, ...account, login });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('ready() logs in before the first call', async () => {
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

  it('a login sends no request to another origin unless the option origins lists it [T5]', async () => {
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

  it('close() logs out if `logout` is set', async () => {
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

  it('a custom login can log out with a custom function', async () => {
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

describe('the options of a session', () => {
  const endpoint = 'https://llm.example/v1/chat/completions';
  const login = jsonLogin({ url: '/l' });
  const whole = { ...account, login };
  it.each<[string, unknown, string]>([
    ['no login', { ...account }, 'login'],
    ['no user name, because a variable is unset', { ...whole, username: undefined }, 'username'],
    ['no password', { ...account, password: undefined, login: formLogin({ page: '/l' }) }, 'password'],
    [
      'no second factor although the login requires one',
      { ...account, login: jsonLogin({ url: '/', otpUrl: '/o' }) },
      'otp',
    ],
    ['a user name that is not a secret', { ...whole, username: null }, 'username'],
    ['a password that is not a secret', { ...whole, password: 7 }, 'password'],
    ['an empty password', { ...whole, password: '' }, 'password'],
    ['a name that is not a string', { ...whole, name: 7 }, 'name'],
    ['an otp that is not a function', { ...whole, otp: '123456' }, 'otp'],
    ['a lifetime that is not positive', { ...whole, lifetime: 0 }, 'lifetime'],
    ['an idle timeout that is not a number', { ...whole, idleTimeout: '60' }, 'idleTimeout'],
    ['a deadline that is not a number', { ...whole, deadline: Number.NaN }, 'deadline'],
    ['an origin that is not a URL', { ...whole, origins: ['login.example'] }, 'origins'],
    ['an origin that is not a string', { ...whole, origins: [7] }, 'origins'],
    ['an origin that is not in a list', { ...whole, origins: 'https://login.example' }, 'origins'],
    ['a store without methods', { ...whole, store: {} }, 'store'],
    ['a store that cannot save', { ...whole, store: { load: async () => undefined } }, 'store'],
    ['a logout that is not a URL', { ...whole, logout: 7 }, 'logout'],
    ['a logout URL that is not http', { ...whole, logout: 'mailto:me@example.com' }, 'logout'],
    ['a clock without methods', { ...whole, clock: {} }, 'clock'],
    ['a clock that is null', { ...whole, clock: null }, 'clock'],
    ['a CSRF option that is null', { ...whole, csrf: null }, 'csrf'],
    ['an unknown CSRF source', { ...whole, csrf: { from: { body: 'x' } } }, 'csrf.from'],
    ['two CSRF sources', { ...whole, csrf: { from: { json: 'x', cookie: 'y' } } }, 'csrf.from'],
    ['a CSRF source with an invalid header name', { ...whole, csrf: { from: { header: 'a b' } } }, 'csrf.from'],
    ['an invalid CSRF header name', { ...whole, csrf: { from: { json: 'x' }, header: 'a b' } }, 'csrf.header'],
    ['a CSRF page that is not a URL', { ...whole, csrf: { from: { field: 'x' }, page: 7 } }, 'csrf.page'],
    ['an unknown CSRF option', { ...whole, csrf: { from: { field: 'x' }, pages: '/' } }, 'pages'],
    ['an unknown option', { ...whole, pasword: 'x' }, 'pasword'],
  ])('an invalid option is a ConfigurationError at construction: %s', (_what, options, named) => {
    expectRefused(() => Reflect.construct(SessionLLM, [{ endpoint, ...Object(options) }]), named);
    expectRefused(() => Reflect.apply(session, undefined, [options]), named);
  });

  it.each([undefined, null, 'options', 7])('the value %j instead of options is a ConfigurationError', options => {
    expectRefused(() => Reflect.construct(SessionLLM, [options]), 'options');
    expectRefused(() => Reflect.apply(session, undefined, [options]), 'options');
    expectRefused(() => Reflect.apply(formLogin, undefined, [options]), 'formLogin');
    expectRefused(() => Reflect.apply(jsonLogin, undefined, [options]), 'jsonLogin');
  });

  it.each<[object, string]>([
    [{}, 'page'],
    [{ page: '' }, 'page'],
    [{ page: 'ftp://example.com/' }, 'page'],
    [{ page: '/', usernameField: 7 }, 'usernameField'],
    [{ page: '/', passwordField: '' }, 'passwordField'],
    [{ page: '/', otpField: null }, 'otpField'],
    [{ page: '/', fields: 'remember=1' }, 'fields'],
    [{ page: '/', fields: { remember: 1 } }, 'fields'],
    [{ page: '/', outcome: 'logged-in' }, 'outcome'],
    [{ page: '/', otpUrl: '/otp' }, 'otpUrl'],
  ])('invalid options of formLogin are a ConfigurationError: %j', (options, named) => {
    expectRefused(() => Reflect.apply(formLogin, undefined, [options]), named);
  });

  it.each<[object, string]>([
    [{}, 'url'],
    [{ url: 7 }, 'url'],
    [{ url: '/', otpUrl: 7 }, 'otpUrl'],
    [{ url: '/', usernameField: 7 }, 'usernameField'],
    [{ url: '/', fields: ['remember'] }, 'fields'],
    [{ url: '/', outcome: {} }, 'outcome'],
    [{ url: '/', page: '/login' }, 'page'],
  ])('invalid options of jsonLogin are a ConfigurationError: %j', (options, named) => {
    expectRefused(() => Reflect.apply(jsonLogin, undefined, [options]), named);
  });

  it('options that change after construction have no effect [T6]', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'json' });
    await using elsewhere = await startSessionServer(answering);
    const ofLogin = { url: new URL(`${server.origin}/api/login`), fields: { remember: { me: true } } };
    const from = { json: ['data', 'csrfToken'] };
    const csrf = { from, header: 'x-csrf-token', page: undefined as string | undefined };
    const logout = new URL(`${server.origin}/logout`);
    const origins = [server.origin];
    const options = { ...account, login: jsonLogin(ofLogin), csrf, logout, origins };
    const llm = new SessionLLM({ endpoint: server.endpoint, ...options });
    ofLogin.url.href = `${elsewhere.origin}/api/login`;
    ofLogin.url = new URL(`${elsewhere.origin}/api/login`);
    from.json.push('deeper');
    Object.assign(csrf, { header: 'x-other', page: '/login' });
    logout.href = `${elsewhere.origin}/logout`;
    origins.push(elsewhere.origin);
    expect(await llm.call('hi')).toBe('hello');
    await llm.close();
    expect([server.logins, server.logouts]).toEqual([[200], 1]);
    expect([elsewhere.logins, elsewhere.logouts]).toEqual([[], 0]);
  });
});

function expectRefused(construct: () => unknown, named: string): void {
  let thrown: unknown;
  try {
    construct();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigurationError);
  expect(thrown).toMatchObject({ message: expect.stringContaining(named) });
}
