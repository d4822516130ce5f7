import { chmod, lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { CrewEvent } from '@crew/core';
import { type Reply, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  fileSessionStore,
  HttpLLM,
  jsonLogin,
  SessionLLM,
  type SessionOptions,
  type SessionStore,
  session,
} from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const login = jsonLogin({ url: '/api/login' });
const account = { username: USER, password: PASSWORD, login };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crew-session-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a program that makes one call. */
async function run(endpoint: string, options: SessionOptions): Promise<string> {
  await using llm = new SessionLLM({ endpoint, ...options });
  return await llm.call('hi');
}

/** Returns the stored string after a run with a CSRF cookie. */
async function savedBy(endpoint: string, store: SessionStore): Promise<string> {
  await run(endpoint, { ...account, csrf: { from: { cookie: 'XSRF-TOKEN' } }, store });
  return (await store.load()) ?? '';
}

/** A store that a test can wait for, because a session is saved in the background. */
function observed(store: SessionStore): SessionStore & { idle(): Promise<void> } {
  const running = new Set<Promise<unknown>>();
  const during = <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    const done = (): void => void running.delete(work);
    work.then(done, done);
    return work;
  };
  return {
    load: () => during(store.load()),
    save: text => during(store.save(text)),
    remove: () => during(store.remove()),
    // The next operation starts in the same turn of the event loop.
    async idle() {
      do await nextTurn();
      while (running.size > 0);
    },
  };
}

describe('a stored session', () => {
  it('the next run uses the stored session and its CSRF token without a login', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'json' });
    const csrf = { from: { json: ['data', 'csrfToken'] } };
    const store = fileSessionStore(join(folder, 'deeper', 'session.json'));
    for (const _ of [1, 2, 3]) expect(await run(server.endpoint, { ...account, csrf, store })).toBe('hello');
    expect(server.logins).toEqual([200]);
  });

  it('a stored session that the server has forgotten is replaced', async () => {
    await using server = await startSessionServer(answering);
    const store = fileSessionStore(join(folder, 'session.json'));
    await run(server.endpoint, { ...account, store });
    server.forget();
    expect(await run(server.endpoint, { ...account, store })).toBe('hello');
    expect(await run(server.endpoint, { ...account, store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  it('a newer session that another process stored is used instead of a login', async () => {
    await using server = await startSessionServer(answering);
    const path = join(folder, 'session.json');
    const store = observed(fileSessionStore(path));
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, store });
    await llm.call('hi');
    await store.idle();
    server.forget();
    await run(server.endpoint, { ...account, store: fileSessionStore(path) });
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  it('a stored session of another account or origin is not used', async () => {
    await using server = await startSessionServer(answering);
    await using other = await startSessionServer(answering);
    const store = fileSessionStore(join(folder, 'session.json'));
    await run(server.endpoint, { ...account, store });
    await expect(run(server.endpoint, { ...account, username: 'eve', store })).rejects.toThrow(/refused the login/);
    await run(other.endpoint, { ...account, store });
    expect(server.logins).toEqual([200, 401]);
    expect(other.logins).toEqual([200]);
  });

  it.each(['', '{', '{"version":2}', '{"version":1,"cookies":7}', 'null', '[]'])(
    'the stored string %j is not a session',
    async content => {
      await using server = await startSessionServer(answering);
      const path = join(folder, 'session.json');
      await writeFile(path, content, { mode: 0o600 });
      expect(await run(server.endpoint, { ...account, store: fileSessionStore(path) })).toBe('hello');
      expect(server.logins).toEqual([200]);
    },
  );

  it('a login without the required cookies is not stored', async () => {
    const answers: Reply[] = [{ headers: { 'set-cookie': 'sid=0123456789; Path=/' } }];
    const whole = { headers: { 'set-cookie': ['sid=9876543210; Path=/', 'xsrf=a-token-for-you; Path=/'] } };
    await using endpoint = await startEndpoint({
      path: '*',
      respond: ({ path }) => (path === '/login' ? (answers.shift() ?? whole) : text('hello')),
    });
    const path = join(folder, 'session.json');
    const options = { ...account, login: jsonLogin({ url: '/login' }), store: fileSessionStore(path) };
    const csrf = { from: { cookie: 'xsrf' } };
    await expect(run(`${endpoint.origin}/chat`, { ...options, csrf })).rejects.toThrow(/no CSRF cookie/);
    expect(await readdir(folder)).toEqual([]);
    expect(await run(`${endpoint.origin}/chat`, { ...options, csrf })).toBe('hello');
  });

  it('a stored session without the cookies that a call needs is replaced', async () => {
    await using server = await startSessionServer({ ...answering, csrf: 'cookie' });
    const store = fileSessionStore(join(folder, 'session.json'));
    const stored = await savedBy(server.endpoint, store);
    await store.save(stored.replaceAll('XSRF-TOKEN', 'YSRF-TOKEN'));
    const csrf = { from: { cookie: 'XSRF-TOKEN' } };
    expect(await run(server.endpoint, { ...account, csrf, store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  it('retryLogin() discards a stored session that was never accepted', async () => {
    await using server = await startSessionServer(answering);
    const store = fileSessionStore(join(folder, 'session.json'));
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, store, expired: () => false });
    server.model.setCredential(() => ({ status: 403 }));
    await expect(llm.call('hi')).rejects.toMatchObject({ status: 403 });
    server.model.setCredential(() => true);
    llm.retryLogin();
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
    llm.retryLogin();
    expect(await llm.call('hi')).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  it('the stored session follows changes of the cookies and is removed by a logout', async () => {
    const cookie = (value: string) => ({ headers: { 'set-cookie': `sid=${value}; Path=/` } });
    await using endpoint = await startEndpoint({
      path: '*',
      replies: [
        cookie('first-value'),
        text('hello', cookie('second-value')),
        text('hello', cookie('third-value')),
        text('hello'),
        { status: 204 },
      ],
    });
    const path = join(folder, 'session.json');
    const chat = `${endpoint.origin}/chat`;
    await run(chat, { ...account, store: fileSessionStore(path) });
    expect(await readFile(path, 'utf8')).toContain('second-value');
    await run(chat, { ...account, store: fileSessionStore(path) });
    expect(await readFile(path, 'utf8')).toContain('third-value');
    await run(chat, { ...account, store: fileSessionStore(path), logout: '/logout' });
    expect(await readdir(folder)).toEqual([]);
    expect(endpoint.requests.map(({ path: asked, headers }) => [asked, headers['cookie']])).toEqual([
      ['/api/login', undefined],
      ['/chat', 'sid=first-value'],
      ['/chat', 'sid=second-value'],
      ['/chat', 'sid=third-value'],
      ['/logout', 'sid=third-value'],
    ]);
  });

  it('a session that cannot be saved is reported, and is used nevertheless', async () => {
    await using server = await startSessionServer(answering);
    const failing: SessionStore = {
      load: async () => undefined,
      save: async () => {
        throw new Error('the disk is full');
      },
      remove: async () => undefined,
    };
    const events: CrewEvent[] = [];
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, store: failing });
    llm.on('credential', event => events.push(event));
    expect(await llm.call('hi')).toBe('hello');
    const sorted = events.toSorted((left, right) =>
      'action' in left && 'action' in right && left.action < right.action ? -1 : 1,
    );
    expect(sorted).toMatchObject([
      { action: 'failed', authenticator: 'session', error: { message: expect.stringMatching(/the disk is full/) } },
      { action: 'obtained', authenticator: 'session' },
    ]);
  });

  it('a store that cannot load is reported without its error message', async () => {
    await using server = await startSessionServer(answering);
    const quoted = 'SELECT failed near "sid=cookie-of-the-session"';
    const store = {
      load: () => Promise.reject(new Error(quoted)),
      save: async () => undefined,
      remove: async () => undefined,
    };
    const error: unknown = await run(server.endpoint, { ...account, store }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CREDENTIAL', message: expect.stringContaining('could not load') });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('cookie-of-the-session');
  });

  it('a session with a store serves only one origin', async () => {
    await using one = await startSessionServer(answering);
    await using two = await startSessionServer(answering);
    const auth = session({ ...account, store: fileSessionStore(join(folder, 'session.json')) });
    await using _first = new HttpLLM({ endpoint: one.endpoint, auth });
    expect(() => new HttpLLM({ endpoint: two.endpoint, auth })).toThrow(/one origin/);
  });
});

// Windows has no file modes.
if (process.platform !== 'win32')
  describe('a session file', () => {
    it('only the owner can read the file, whatever the umask, and no temporary file is left behind', async () => {
      await using server = await startSessionServer(answering);
      const before = process.umask(0);
      try {
        await run(server.endpoint, { ...account, store: fileSessionStore(join(folder, 'own', 'session.json')) });
      } finally {
        process.umask(before);
      }
      expect((await lstat(join(folder, 'own', 'session.json'))).mode & 0o777).toBe(0o600);
      expect((await lstat(join(folder, 'own'))).mode & 0o777).toBe(0o700);
      expect(await readdir(join(folder, 'own'))).toEqual(['session.json']);
    });

    it('a session file that is a symbolic link is refused, and its target is not changed [T39]', async () => {
      await using server = await startSessionServer(answering);
      await writeFile(join(folder, 'target'), 'mine', { mode: 0o600 });
      await symlink(join(folder, 'target'), join(folder, 'session.json'));
      const store = fileSessionStore(join(folder, 'session.json'));
      await expect(run(server.endpoint, { ...account, store })).rejects.toThrow(/symbolic link/);
      await expect(store.save('session')).rejects.toThrow(/symbolic link/);
      expect(await readFile(join(folder, 'target'), 'utf8')).toBe('mine');
      expect(server.logins).toEqual([]);
    });

    it('a session file that belongs to another user is refused [T39]', async () => {
      const path = join(folder, 'session.json');
      await writeFile(path, '{}', { mode: 0o600 });
      const store = fileSessionStore(path);
      expect(await store.load()).toBe('{}');
      // Only root can change the owner of a file, so the test changes the user instead.
      const uid = process.getuid?.() ?? 0;
      vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
      await expect(store.load()).rejects.toThrow(/belongs to another user/);
    });

    it.each([0o640, 0o604, 0o644])('a session file that others can read is refused: mode %o', async mode => {
      const path = join(folder, 'session.json');
      await writeFile(path, '{}');
      await chmod(path, mode);
      await expect(fileSessionStore(path).load()).rejects.toThrow(/0600/);
    });

    it('a session file that cannot be written is an error with the reason', async () => {
      await writeFile(join(folder, 'file'), '');
      await expect(fileSessionStore(join(folder, 'file', 'session.json')).save('x')).rejects.toThrow(
        /cannot be written \(E/,
      );
    });
  });
