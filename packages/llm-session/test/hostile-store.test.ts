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

/** One run of a program: one call, then it ends. */
async function run(endpoint: string, options: Partial<SessionOptions>): Promise<string> {
  await using llm = new SessionLLM({ endpoint, ...account, ...options });
  return await llm.call('hi');
}

/** A store in memory, whose content can be replaced by anything. */
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
  ['a cookie whose date is none', withCookie({ expires: 'soon' })],
  ['a cookie whose date is an object', withCookie({ expires: {} })],
  ['a cookie with CR LF', withCookie({ value: 'a\r\nx-evil: 1' })],
  ['a cookie with a letter outside ASCII', withCookie({ value: 'tökén' })],
  ['a cookie with a second cookie in it', withCookie({ value: 'a; admin=1' })],
  ['a cookie of 900 KB', withCookie({ value: 'a'.repeat(900_000) })],
  ['a cookie whose name has CR LF', withCookie({ key: 'a\r\nb' })],
  ['a cookie without a name', withCookie({ key: '' })],
  ['a cookie whose domain is a URL', withCookie({ domain: 'evil.example/path?' })],
  ['a cookie whose path is no path', withCookie({ path: 'x\r\ny' })],
  ['a cookie whose value is a list', withCookie({ value: ['a'] })],
  ['a cookie that is null', stored => ({ ...stored, cookies: [null] })],
  ['51 cookies', stored => ({ ...stored, cookies: Array(51).fill([stored['cookies']].flat()[0]) })],
  ['a CSRF token with CR LF', withField({ csrf: 'a\r\nx-evil: 1' })],
  ['a CSRF token outside ASCII', withField({ csrf: 'tökén' })],
  ['an empty CSRF token', withField({ csrf: '' })],
  ['a CSRF token of 900 KB', withField({ csrf: 'a'.repeat(900_000) })],
  ['a start that is no time', withField({ startedAt: 1e300 })],
  ['an end that is no time', withField({ expiresAt: 'later' })],
  ['an id of 900 KB', withField({ id: 'a'.repeat(900_000) })],
];

describe('a stored session that could not be used is replaced by a login', () => {
  test.each(UNUSABLE)('where it has %s [X24, X25]', async (_what, change) => {
    await using server = await startSessionServer({ respond: () => text('hello'), csrf: 'json' });
    const store = openStore();
    await run(server.endpoint, { csrf, store });
    store.content = JSON.stringify(change(JSON.parse(String(store.content))));
    expect(await run(server.endpoint, { csrf, store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
    // What is in the store now can be used again.
    expect(await run(server.endpoint, { csrf, store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  test.each<[string, unknown]>([
    ['a number', 7],
    ['null', null],
    ['bytes', Buffer.from('{}')],
    ['nested 100,000 deep', '['.repeat(100_000)],
    ['2 MiB', `{"version":1,"id":"${'a'.repeat(2_097_152)}"}`],
  ])('where a store of somebody’s own gives %s [X24, X25]', async (_what, content) => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const store = openStore();
    store.content = content;
    expect(await run(server.endpoint, { store })).toBe('hello');
    expect(await run(server.endpoint, { store })).toBe('hello');
    expect(server.logins).toEqual([200]);
  });

  test('where parts of a cookie are of no use, these are left out of what is saved', async () => {
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
  test('is replaced by a new login when the server forgot it [X26]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const store = openStore();
    await run(server.endpoint, { store });
    store.content = JSON.stringify({ ...JSON.parse(String(store.content)), startedAt: Date.now() + 86_400_000 });
    server.forget();
    for (let runs = 0; runs < 3; runs += 1) expect(await run(server.endpoint, { store })).toBe('hello');
    expect(server.logins).toEqual([200, 200]);
  });

  test('is replaced when the clock went back by less than the age of the session [X26]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const memory = openStore();
    const clock = manualClock({ wall: Date.now() });
    let loads = 0;
    const store: SessionStore = {
      ...memory,
      // The clock is right again when the new session is about to be saved: the old one then seems to be the later one.
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

  test('ends with its `lifetime`, counted as if it were the oldest [X26]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    const store = openStore();
    await run(server.endpoint, { store });
    store.content = JSON.stringify({ ...JSON.parse(String(store.content)), startedAt: Date.now() + 86_400_000 });
    await run(server.endpoint, { store, lifetime: 3_600_000 });
    expect(server.logins).toEqual([200, 200]);
  });
});

test('a session file over 1 MiB is refused, with an error that names the file', async () => {
  await writeFile(path, 'a'.repeat(1_048_577), { mode: 0o600 });
  await expect(fileSessionStore(path).load()).rejects.toThrow(/session\.json is larger than 1 MiB/);
  await writeFile(path, 'a'.repeat(1_048_576), { mode: 0o600 });
  expect(await fileSessionStore(path).load()).toHaveLength(1_048_576);
});

if (process.platform !== 'win32')
  test('a FIFO in the place of the session file is an error of the call, and no hang [X7]', async () => {
    await using server = await startSessionServer({ respond: () => text('hello') });
    execFileSync('mkfifo', ['-m', '600', path]);
    const calls = Array.from({ length: 6 }, () => run(server.endpoint, { store: fileSessionStore(path) }));
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { message: expect.stringContaining('it is a FIFO') } });
    }
    expect(await readdir(folder)).toEqual(['session.json']);
  });

describe('a process', () => {
  test.each([
    ['a session file whose cookie has a date that is none', `fileSessionStore(process.env.STORE)`],
    [
      'a store that throws what cannot be read',
      `{ load: async () => undefined,
         save: async () => { throw Object.defineProperty(new Error(), 'message', { get() { throw new Error('no'); } }); },
         remove: async () => { throw new Proxy({}, { get() { throw new Error('no'); }, getPrototypeOf() { throw new Error('no'); } }); } }`,
    ],
    [
      'a store that is not async',
      `{ load: () => undefined, save: () => { throw new Error('no'); }, remove: () => { throw new Error('no'); } }`,
    ],
  ])('lives on with %s [X24]', async (_what, store) => {
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
