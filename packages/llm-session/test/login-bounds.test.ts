import { manualClock, redirect, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, type Login, type LogoutContext, SessionLLM } from '../src/index.ts';
import { htmlPage } from './page-login.ts';

const resources = trackResources();
afterAll(() => resources.check());

const account = { username: 'ada', password: 'secret-word' };
const PAGE = '<form method=post action=/in><input name=u><input type=password name=p></form>';
const COOKIE = { 'set-cookie': 'sid=0123456789; Path=/' };

describe('a login', () => {
  it('the 31st request of a login is an error', async () => {
    await using server = await startEndpoint({ path: '*', respond: () => ({ headers: COOKIE }) });
    const login: Login = async ({ fetch }) => {
      for (;;) await fetch('/again');
    };
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
    await expect(llm.call('hi')).rejects.toThrow('The login made more than 30 requests');
    expect(server.requests).toHaveLength(30);
  });

  it('a login of 30 requests succeeds', async () => {
    const respond = ({ path }: { readonly path: string }) => (path === '/chat' ? text('hello') : { headers: COOKIE });
    await using server = await startEndpoint({ path: '*', respond });
    const login: Login = async ({ fetch }) => {
      for (let count = 0; count < 30; count += 1) await fetch('/again');
    };
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
    expect(await llm.call('hi')).toBe('hello');
  });

  it.each([
    [
      'a form leads to',
      htmlPage(
        `<form method=post action="https://${'x'.repeat(100_000)}.example/"><input name=u><input type=password name=p></form>`,
      ),
    ],
    ['a page without a form', htmlPage(`<title>evil\u001b]52;c;ZXZpbA==\u0007\u202e</title>`)],
    ['a redirect leads to', redirect(302, `/${'x'.repeat(5_000)}`)],
  ])('the error quotes in one short line of printable characters what %s [X9]', async (_what, page) => {
    await using server = await startEndpoint({
      path: '*',
      respond: ({ path }) => (path === '/login' ? page : htmlPage('Nothing here')),
    });
    await using llm = new SessionLLM({
      endpoint: `${server.origin}/chat`,
      ...account,
      login: formLogin({ page: '/login' }),
    });
    const failure = await llm.call('hi').catch((thrown: Error) => thrown.message);
    expect(failure).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(failure.length).toBeLessThan(800);
  });

  it('the error of a custom login is quoted in at most 500 printable characters [X9]', async () => {
    await using server = await startEndpoint({ path: '*', respond: () => ({ headers: COOKIE }) });
    const login: Login = async () => {
      throw new Error('The server said: evil\u001b]52;c;ZXZpbA==\u0007\u202e\nforged '.repeat(10_000));
    };
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
    const failure = await llm.call('hi').catch((thrown: Error) => thrown.message);
    expect(failure).toContain('The login failed: The server said: evil');
    expect(failure).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(failure.length).toBeLessThan(600);
  });

  it.each([
    ['the page', 'GET', 6],
    ['the answer to the form', 'POST', 7],
  ])('more than 5 redirects of %s are an error', async (_what, redirected, requests) => {
    await using server = await startEndpoint({
      path: '*',
      respond: ({ path, method }) => {
        const isRedirected = method === redirected || path.startsWith('/again');
        return isRedirected ? redirect(302, `/again?token=secret-${path.length}`) : htmlPage(PAGE);
      },
    });
    const login = formLogin({ page: '/login' });
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
    const failure = await llm.call('hi').catch((thrown: Error) => thrown.message);
    expect(failure).toContain(`redirected more than 5 times, last to ${server.origin}/again.`);
    expect(server.requests).toHaveLength(requests);
  });

  it('a login with 5 redirects succeeds', async () => {
    await using server = await startEndpoint({
      path: '*',
      respond: ({ path, method }) => {
        if (path === '/chat') return text('hello');
        if (method === 'POST')
          return { ...redirect(302, '/1'), headers: { ...redirect(302, '/1').headers, ...COOKIE } };
        const step = Number(path.slice(1));
        if (Number.isNaN(step)) return htmlPage(PAGE);
        return step < 5 ? redirect(302, `/${step + 1}`) : htmlPage('Welcome.');
      },
    });
    const login = formLogin({ page: '/login' });
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
    expect(await llm.call('hi')).toBe('hello');
    expect(server.requests.map(({ path }) => path)).toEqual(['/login', '/in', '/1', '/2', '/3', '/4', '/5', '/chat']);
  });

  it.each([
    ['that is not known', false],
    ['that may take part in the login', true],
  ])('a redirect after the login is not followed to another origin %s', async (_what, isKnown) => {
    await using elsewhere = await startEndpoint({ path: '*', respond: () => htmlPage(PAGE) });
    await using server = await startEndpoint({
      path: '*',
      respond: ({ path, method }) => {
        if (path === '/chat') return text('hello');
        const location = `${elsewhere.origin}/welcome`;
        return method === 'POST'
          ? { ...redirect(302, location), headers: { ...redirect(302, location).headers, ...COOKIE } }
          : htmlPage(PAGE);
      },
    });
    const origins = isKnown ? [elsewhere.origin] : [];
    const login = formLogin({ page: '/login' });
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login, origins });
    expect(await llm.call('hi')).toBe('hello');
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('a logout', () => {
  it.each<[string, (context: LogoutContext) => Promise<void>]>([
    ['a function that ignores its signal', () => new Promise(() => undefined)],
    [
      'a function that waits for its signal',
      ({ signal }) => new Promise(end => signal.addEventListener('abort', () => end())),
    ],
    [
      'a request that is not answered',
      async ({ fetch, signal }) => void (await fetch('/logout', { method: 'POST', signal })),
    ],
  ])('a logout ends after 5 seconds: %s', async (_what, logout) => {
    const clock = manualClock();
    await using server = await startEndpoint({
      path: '*',
      respond: ({ path }) => {
        if (path === '/logout') return new Promise(() => undefined);
        return path === '/chat' ? text('hello') : { headers: COOKIE };
      },
    });
    const login: Login = async ({ fetch }) => void (await fetch('/in', { method: 'POST' }));
    const begun = Promise.withResolvers<void>();
    const llm = new SessionLLM({
      endpoint: `${server.origin}/chat`,
      login,
      clock,
      logout: context => {
        begun.resolve();
        return logout(context);
      },
    });
    await llm.call('hi');
    let isClosed = false;
    const closed = llm.close().then(() => {
      isClosed = true;
    });
    await begun.promise;
    await clock.advance(4_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closed;
  });
});
