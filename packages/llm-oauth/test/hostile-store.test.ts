import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CredentialError } from '@crew/core';
import { json, manualClock, startEndpoint, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileTokenStore, memoryTokenStore, OAuthLLM, refreshToken, type TokenStore } from '../src/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crew-hostile-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const never = new AbortController().signal;
const DAY = 86_400_000;

/** A token endpoint that issues `fresh-1`, `fresh-2` and so on, and a model endpoint that accepts only those. */
async function startServices() {
  let issued = 0;
  const sent: (string | null)[] = [];
  const tokens = await startEndpoint({
    path: '*',
    respond: ({ body }) => {
      issued += 1;
      sent.push(new URLSearchParams(body).get('refresh_token'));
      return json({
        access_token: `fresh-${issued}`,
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: `rt-${issued}`,
      });
    },
  });
  const model = await startEndpoint({
    credential: ({ headers }) => /^Bearer fresh-\d+$/.test(String(headers['authorization'])) || { status: 401 },
    respond: () => text('Hello.'),
  });
  return {
    sent,
    model,
    llm: (store: TokenStore, options: { clock?: ReturnType<typeof manualClock> } = {}) =>
      new OAuthLLM({
        endpoint: model.url,
        tokenEndpoint: `${tokens.origin}/token`,
        clientId: 'crew',
        grant: refreshToken('given'),
        retry: { retries: 0 },
        store,
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      await tokens.close();
      await model.close();
    },
  };
}

/** A memory store whose values can be replaced. */
function openStore(): {
  readonly store: TokenStore;
  replace(prefix: string, change: (text: string) => unknown): Promise<void>;
} {
  const memory = memoryTokenStore();
  const keys = new Set<string>();
  const store: TokenStore = {
    ...memory,
    set: (key, value) => {
      keys.add(key);
      return memory.set(key, value);
    },
  };
  return {
    store,
    async replace(prefix, change) {
      for (const key of keys) {
        if (!key.startsWith(prefix)) continue;
        const value = change((await memory.get(key)) ?? '');
        await memory.set(key, value as string);
      }
    },
  };
}

const UNUSABLE: readonly [string, string][] = [
  ['CR LF', 'a\r\nx-evil: 1'],
  ['a letter outside ASCII', 'tökén'],
  ['nothing', ''],
  ['900 KB', 'a'.repeat(900_000)],
  ['a NUL', 'a\0b'],
];

const MALFORMED: readonly [string, unknown][] = [
  ['a number in the place of the text', 7],
  ['null', null],
  ['bytes', Buffer.from('{}')],
  ['a list', '[]'],
  ['text that is not JSON', '{'],
  ['JSON that is nested 100,000 deep', '['.repeat(100_000)],
  ['2 MiB', JSON.stringify({ accessToken: 'a', x: 'x'.repeat(2_097_152) })],
  ['a time that is not a number', '{"accessToken":"fresh-9","expiresAt":"soon","renewAfter":1}'],
  ['a time without end', '{"accessToken":"stale","expiresAt":1e999,"renewAfter":1e999}'],
  ['a list in the place of the token', '{"accessToken":["a"],"refreshToken":{},"expiresAt":1e13,"renewAfter":1e13}'],
];

describe('a store with unusable values', () => {
  test.each(UNUSABLE)('an unusable stored access token is replaced: %s [X25]', async (_what, token) => {
    await using services = await startServices();
    const { store, replace } = openStore();
    await using first = services.llm(store);
    await first.call('Hi');
    await replace('access-', value => JSON.stringify({ ...JSON.parse(value), accessToken: token }));
    await using second = services.llm(store);
    expect(await second.call('Hi')).toBe('Hello.');
    expect(services.sent).toEqual(['given', 'rt-1']);
  });

  test.each(UNUSABLE)(
    'an unusable stored refresh token is ignored in favour of the configured one: %s [X25]',
    async (_what, token) => {
      await using services = await startServices();
      const { store, replace } = openStore();
      await using first = services.llm(store);
      await first.call('Hi');
      await replace('access-', () => '');
      await replace('refresh-', () => JSON.stringify({ refreshToken: token }));
      await using second = services.llm(store);
      expect(await second.call('Hi')).toBe('Hello.');
      expect(services.sent).toEqual(['given', 'given']);
    },
  );

  test.each(MALFORMED)('malformed stored values are replaced: %s [X24]', async (_what, value) => {
    await using services = await startServices();
    const { store, replace } = openStore();
    await using first = services.llm(store);
    await first.call('Hi');
    await replace('', () => value);
    await using second = services.llm(store);
    expect(await second.call('Hi')).toBe('Hello.');
    expect(services.sent).toEqual(['given', 'given']);
  });

  test('a token stored while the clock was years ahead is replaced [X26]', async () => {
    await using services = await startServices();
    const { store, replace } = openStore();
    await using first = services.llm(store);
    await first.call('Hi');
    const times = { expiresAt: Date.now() + 1_000 * DAY, renewAfter: Date.now() + 999 * DAY };
    await replace('access-', value => JSON.stringify({ ...JSON.parse(value), ...times }));
    await using second = services.llm(store);
    await second.call('Hi');
    expect(services.sent).toEqual(['given', 'rt-1']);
  });
});

test('a stored file over 1 MiB is refused with an error that names the file', async () => {
  const store = fileTokenStore(folder);
  await writeFile(join(folder, 'key'), 'a'.repeat(1_048_577), { mode: 0o600 });
  await expect(store.get('key')).rejects.toThrow(/key is larger than 1 MiB/);
  await writeFile(join(folder, 'key'), 'a'.repeat(1_048_576), { mode: 0o600 });
  expect(await store.get('key')).toHaveLength(1_048_576);
});

if (process.platform !== 'win32')
  test('a FIFO instead of a stored token fails the call and does not block it [X7]', async () => {
    await using services = await startServices();
    const path = join(folder, 'tokens');
    const store = fileTokenStore(path);
    await using first = services.llm(store);
    await first.call('Hi');
    for (const name of await readdir(path)) {
      await rm(join(path, name));
      execFileSync('mkfifo', ['-m', '600', join(path, name)]);
    }
    await using second = services.llm(store);
    await expect(second.call('Hi')).rejects.toThrow(/token store .* is not a regular file: it is a FIFO/);
  });

describe('lock file', () => {
  test('a lock from the future is taken over after 15 seconds without an update [X26]', async () => {
    const clock = manualClock();
    const store = fileTokenStore(folder, { clock });
    await mkdir(join(folder, 'key.lock'));
    const future = Date.now() / 1000 + 86_400;
    await utimes(join(folder, 'key.lock'), future, future);
    const turn = store.exclusively('key', never, async () => 'done');
    let isDone = false;
    void turn.then(() => {
      isDone = true;
    });
    for (let waited = 0; waited < 14_000; waited += 500) {
      while (clock.sleepers !== 1) await nextTurn();
      await clock.advance(500);
    }
    expect(isDone).toBe(false);
    while (!isDone) {
      while (!isDone && clock.sleepers === 0) await nextTurn();
      await clock.advance(500);
    }
    expect(await turn).toBe('done');
  });

  test('a lock that is held until the deadline is named in the error, with a remedy [X26]', async () => {
    await using services = await startServices();
    const clock = manualClock({ wall: Date.now() });
    await using first = services.llm(fileTokenStore(folder));
    await first.call('Hi');
    const [family = ''] = (await readdir(folder)).filter(name => name.startsWith('refresh-'));
    const lock = join(folder, `${family}.lock`);
    await mkdir(lock);
    await using second = services.llm(fileTokenStore(folder, { clock }), { clock });
    const call = second.call('Hi').catch((thrown: unknown) => thrown);
    let failure: unknown;
    void call.then(thrown => {
      failure = thrown;
    });
    for (let signs = 1; failure === undefined; signs += 1) {
      // Three timers are pending: the deadlines of the call and of the token, and the wait for the lock.
      while (failure === undefined && clock.sleepers < 3) await nextTurn();
      // A live holder updates its lock.
      const sign = new Date(Date.now() + signs);
      await utimes(lock, sign, sign);
      await clock.advance(1_000);
    }
    expect(failure).toBeInstanceOf(CredentialError);
    const message = String(failure);
    expect(message).toContain('could not be obtained within 30000 ms');
    expect(message).toContain(`${family}.lock is a lock that another process still held`);
    expect(message).toContain('delete the lock');
  });
});
