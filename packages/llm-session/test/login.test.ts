import { ConfigurationError, CredentialError } from '@crew/core';
import { createAuthority, manualClock, status, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, jsonLogin, type Login, SessionLLM, totp } from '../src/index.ts';
import { PASSWORD, startSessionServer, TOTP_SECRET, USER } from './session-server.ts';

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

describe('a second factor', () => {
  it.each(['same-form', 'next-page', 'redirect'] as const)(
    'is given where the form asks for it: %s',
    async secondFactor => {
      await using server = await startSessionServer({ ...answering, secondFactor });
      const login = formLogin({ page: '/login' });
      await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: totp(TOTP_SECRET) });
      expect(await llm.call('hi')).toBe('hello');
    },
  );

  it('goes with the password in JSON', async () => {
    await using server = await startSessionServer({ ...answering, secondFactor: 'same-form' });
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: totp(TOTP_SECRET) });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('is posted by itself in JSON, where it has a URL of its own', async () => {
    await using server = await startSessionServer({ ...answering, secondFactor: 'next-page' });
    const login = jsonLogin({ url: '/login', otpUrl: '/second' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: totp(TOTP_SECRET) });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('that is wrong, or missing, is a terminal CredentialError', async () => {
    await using server = await startSessionServer({ ...answering, secondFactor: 'next-page' });
    const login = formLogin({ page: '/login' });
    await using wrong = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: async () => '000000' });
    await expect(wrong.call('hi')).rejects.toMatchObject({
      terminal: true,
      message: expect.stringMatching(/code of the/),
    });
    await using missing = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    await expect(missing.call('hi')).rejects.toMatchObject({ terminal: true, message: expect.stringMatching(/otp/) });
  });
});

describe('totp', () => {
  // RFC 6238, appendix B: the ASCII secret 12345678901234567890.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const { signal } = new AbortController();

  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('gives the code of RFC 6238 at %d s', async (seconds, code) => {
    const give = totp(secret, { digits: 8, clock: manualClock({ wall: seconds * 1000 }) });
    expect(await give({ signal })).toBe(code);
  });

  it('gives no code twice: it waits for the next period', async () => {
    const clock = manualClock({ wall: 59_000 });
    const give = totp(secret, { digits: 8, clock });
    const first = await give({ signal });
    const next = give({ signal });
    await clock.whenSleeping();
    await clock.advance(1_000);
    expect(await next).not.toBe(first);
  });

  it('reads otpauth URIs, and refuses what is no secret without showing it', async () => {
    const give = totp(`otpauth://totp/Gateway:ada?secret=${secret}&digits=8`, { clock: manualClock({ wall: 59_000 }) });
    expect(await give({ signal })).toBe('94287082');
    for (const wrong of ['not-base-32-0189', '', 'otpauth://hotp/x?secret=GEZDGNBV&counter=1']) {
      expect(() => totp(wrong)).toThrow(ConfigurationError);
      expect(() => totp(wrong)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/0189|GEZDGNBV/) }),
      );
    }
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

describe('a login that fails', () => {
  const wrong = { username: USER, password: 'not the password' };

  it.each([
    ['form', formLogin({ page: '/login' })],
    ['JSON', jsonLogin({ url: '/api/login' })],
  ])('for a wrong password (%s) is tried once, whoever calls and however often', async (_kind, login) => {
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

  it('is tried again when the password changed', async () => {
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

  it('for a locked account is tried again when retryLogin() says so', async () => {
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

  it('in a function of your own, which throws what it likes, is not tried again either', async () => {
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
  ])('because the server is busy (%d, %j) will pass', async (code, headers, retryAfter) => {
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
  });

  it('by JSON that says so is refused, with status 200 too', async () => {
    await using server = await startSessionServer({ path: '*', replies: [{ json: { success: false } }] });
    const login = jsonLogin({ url: server.model.url });
    const refused = { ...account, login, origins: [server.model.origin] };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...refused });
    await expect(llm.call('hi')).rejects.toMatchObject({ terminal: true });
  });

  it('to set a cookie is said so, once', async () => {
    await using server = await startSessionServer({ path: '*', replies: [status(204)] });
    const login = jsonLogin({ url: server.model.url });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, origins: [server.model.origin] });
    await expect(llm.call('hi')).rejects.toThrow(/set no cookie that belongs to/);
    await expect(llm.call('hi')).rejects.toThrow(/set no cookie that belongs to/);
    server.model.verify();
  });

  it('to be waited for is not repeated at will: it might be a refused one', async () => {
    await using server = await startSessionServer(answering);
    let begun = 0;
    const login: Login = async ({ fetch, signal }) => {
      begun += 1;
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      await fetch('/api/login');
    };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    for (let call = 0; call < 5; call += 1) {
      await expect(llm.call('hi', { timeout: 30 })).rejects.toThrow();
    }
    expect(begun).toBe(2);
  });

  it('because its page is no login page says so', async () => {
    await using server = await startSessionServer(answering);
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login: formLogin({ page: '/second' }) });
    await expect(llm.call('hi')).rejects.toThrow(/shows no form with a password/);
    expect(server.logins).toEqual([]);
  });
});
