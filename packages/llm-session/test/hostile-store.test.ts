import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { manualClock, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSessionStore, jsonLogin, SessionLLM, type SessionOptions, type SessionStore } from '../src/index.ts';
import { PASSWORD, startSessionServer, USER } from './session-server.ts';

const account = { username: USER, password: PASSWORD, login: jsonLogin({ url: '/api/login' }) };
const csrf = { from: { json: ['data', 'csrfToken'] } };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crew-hostile-session-'));
  path = join(folder, 'session.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a program that makes one call. */
async function run(endpoint: string, options: Partial<SessionOptions>): Promise<string> {
  await using llm = new SessionLLM({ endpoint, ...account, ...options });
  return await llm.call('hi');
}

/** A store in memory with arbitrary content. */
function openStore(): SessionStore & { content: unknown } {
  const store = {
    content: undefined as unknown,
    load: async () => store.content as string | undefined,
    save: async (saved: string) => {
      store.content = saved;
    },
    remove: async () => {
      store.content = undefined;
    },
  };
  return store;
}

const withCookie = (change: object) => (stored: Record<string, unknown>) => ({
  ...stored,
  cookies: [stored['cookies']].flat().map(cookie => ({ ...Object(cookie), ...change })),
});
const withField = (change: object) => (stored: Record<string, unknown>) => ({ ...stored, ...change });

const UNUSABLE: readonly [string, (stored: Record<string, unknown>) => unknown][] = [
  ['a cookie with an invalid date', withCookie({ expires: 'soon' })],
  ['a cookie whose date is an object', withCookie({ expires: {} })],
  ['a cookie with CR LF', withCookie({ value: 'a\r\nx-evil: 1' })],
  ['a cookie with a letter outside ASCII', withCookie({ value: 'tökén' })],
  ['a cookie that contains a second cookie', withCookie({ value: 'a; admin=1' })],
  ['a cookie of 900 KB', withCookie({ value: 'a'.repeat(900_000) })],
  ['a cookie whose name has CR LF', withCookie({ key: 'a\r\nb' })],
  ['a cookie without a name', withCookie({ key: '' })],
  ['a cookie whose domain is a URL', withCookie({ domain: 'evil.example/path?' })],
  ['a cookie with an invalid path', withCookie({ path: 'x\r\ny' })],
  ['a cookie whose value is a list', withCookie({ value: ['a'] })],
  ['a cookie that is null', stored => ({ ...stored, cookies: [null] })],
  ['51 cookies', stored => ({ ...stored, cookies: Array(51).fill([stored['cookies']].flat()[0]) })],
  ['a CSRF token with CR LF', withField({ csrf: 'a\r\nx-evil: 1' })],
  ['a CSRF token outside ASCII', withField({ csrf: 'tökén' })],
  ['an empty CSRF token', withField({ csrf: '' })],
  ['a CSRF token of 900 KB', withField({ csrf: 'a'.repeat(900_000) })],
  ['an invalid start time', withField({ startedAt: 1e300 })],
  ['an invalid end time', withField({ expiresAt: 'later' })],
  ['an id of 900 KB', withField({ id: 'a'.repeat(900_000) })],
];

describe('an unusable stored session', () => {
  test.each(UNUSABLE)('a stored session with %s is replaced by a login [X24, X25]', async (_what, change) => {
    await using server = await startSessionServer({ respond: () => text('hello'), csrf: 'json' });
    const store = openStore();
    await run(server.endpoint, { csrf, store });
    store.content = JSON.stringify(change(JSON.parse(String(store.content))));
    expect(await run(server.endpoint, { csrf, store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
    // The store now contains a usable session again.
    expect(await run(server.endpoint, { csrf, store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  test.each<[string, unknown]>([
    ['a number', 7],
    ['null', null],
    ['bytes', Buffer.from('{}')],
    ['nested 100,000 deep', '['.repeat(100_000)],
    ['2 MiB', `{"version":1,"id":"${'a'.repeat(2_097_152)}"}`],
  ])('a login replaces what a custom store returns: %s [X24, X25]', async (_what, content) => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const store = openStore();
    store.content = content;
    expect(await run(server.endpoint, { store })).toBe('hello');
    expect(await run(server.endpoint, { store })).toBe('hello');
    expect(server.logins).toEqual([200]);
  });

  test('unknown parts of a stored cookie are left out when it is saved', async () => {
    await using server = await startSessionServer({ respond: () => text('hello'), idle: 60_000 });
    const store = openStore();
    await run(server.endpoint, { store });
    const nested = JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`);
    const change = withCookie({ extensions: nested, creation: 'never', lastAccessed: 'x', maxAge: 1e99, sameSite: 7 });
    store.content = JSON.stringify(change(JSON.parse(String(store.content))));
    expect(await run(server.endpoint, { store })).toBe('hello');
    expect(server.logins).toEqual([200]);
  });
});

describe('a stored session from the future', () => {
  test('a session from the future is replaced by a login if the server has forgotten it [X26]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const store = openStore();
    await run(server.endpoint, { store });
    store.content = JSON.stringify({ ...JSON.parse(String(store.content)), startedAt: Date.now() + 86_400_000 });
    server.forget();
    for (let runs = 0; runs < 3; runs += 1) expect(await run(server.endpoint, { store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  test('a session is replaced if the clock was set back by less than its age [X26]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const memory = openStore();
    const clock = manualClock({ wall: Date.now() });
    let loads = 0;
    const store: SessionStore = {
      ...memory,
      // The clock is correct again when the new session is saved: the old session then seems to be the newer one.
      load: () => {
        loads += 1;
        if (loads === 4) clock.jumpWall(60_000);
        return memory.load();
      },
    };
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, store, clock });
    await llm.call('hi');
    await expect.poll(() => [loads, typeof memory.content]).toEqual([2, 'string']);
    clock.jumpWall(-60_000);
    server.forget();
    await llm.call('hi');
    await llm.close();
    expect(loads).toBe(4);
    expect(await run(server.endpoint, { store, clock })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  test('a session from the future counts as the oldest, so that its `lifetime` has passed [X26]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const store = openStore();
    await run(server.endpoint, { store });
    store.content = JSON.stringify({ ...JSON.parse(String(store.content)), startedAt: Date.now() + 86_400_000 });
    await run(server.endpoint, { store, lifetime: 3_600_000 });
    expect(server.logins).toEqual([200, 200]);
  });
});

test('a session file of more than 1 MiB is refused with an error that names the file', async () => {
  await writeFile(path, 'a'.repeat(1_048_577), { mode: 0o600 });
  await expect(fileSessionStore(path).load()).rejects.toThrow(/session\.json is larger than 1 MiB/);
  await writeFile(path, 'a'.repeat(1_048_576), { mode: 0o600 });
  expect(await fileSessionStore(path).load()).toHaveLength(1_048_576);
});

if (process.platform !== 'win32')
  test('a FIFO instead of the session file is an error of the call and does not block it [X7]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    execFileSync('mkfifo', ['-m', '600', path]);
    const calls = Array.from({ length: 6 }, () => run(server.endpoint, { store: fileSessionStore(path) }));
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { message: expect.stringContaining('it is a FIFO') } });
    }
    expect(await readdir(folder)).toEqual(['session.json']);
  });

describe('a process with a hostile store', () => {
  test.each([
    ['a session file with an invalid date in a cookie', `fileSessionStore(process.env.STORE)`],
    [
      'a store that throws an unreadable error',
      `{ load: async () => undefined,
         save: async () => { throw Object.defineProperty(new Error(), 'message', { get() { throw new Error('no'); } }); },
         remove: async () => { throw new Proxy({}, { get() { throw new Error('no'); }, getPrototypeOf() { throw new Error('no'); } }); } }`,
    ],
    [
      'a store that is not async',
      `{ load: () => undefined, save: () => { throw new Error('no'); }, remove: () => { throw new Error('no'); } }`,
    ],
  ])('the process survives %s [X24]', async (_what, store) => {
    await using server = await startSessionServer({ respond: () => text('hello'), idle: 60_000 });
    await run(server.endpoint, { store: fileSessionStore(path) });
    const stored = JSON.parse((await fileSessionStore(path).load()) ?? '');
    await fileSessionStore(path).save(JSON.stringify(withCookie({ expires: 'soon' })(stored)));
    const program = `import { fileSessionStore, jsonLogin, SessionLLM } from '@crew/llm-session';
      const { ENDPOINT, USER, PASSWORD } = process.env;
      const login = jsonLogin({ url: '/api/login' });
      const llm = new SessionLLM({ endpoint: ENDPOINT, username: USER, password: PASSWORD, login, store: ${store}, logout: '/logout' });
      console.log(await llm.call('hi'));
      await llm.close();`;
    const env = { ...process.env, ENDPOINT: server.endpoint, USER, PASSWORD, STORE: path };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@crew/source', '--input-type=module', '--eval', program],
      { cwd: new URL('..', import.meta.url), env },
    );
    expect(stdout.trim()).toBe('hello');
  });
});
