import { chmod, lstat, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, CredentialError } from '@crew/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fileTokenStore } from '../src/index.ts';

let parent: string;
let path: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'crew-store-'));
  path = join(parent, 'tokens');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const never = new AbortController().signal;

test('a stored value can be read, also by another store on the same path, and deleted', async () => {
  await fileTokenStore(path).set('key', 'value');
  const store = fileTokenStore(path);
  expect(await store.get('key')).toBe('value');
  await store.set('key', 'other');
  expect(await store.get('key')).toBe('other');
  await store.delete('key');
  expect(await store.get('key')).toBeUndefined();
});

test('a store whose directory does not exist is empty', async () => {
  expect(await fileTokenStore(path).get('key')).toBeUndefined();
  await fileTokenStore(path).delete('key');
});

test('the directory has mode 0700, files have mode 0600 and no temporary files remain with a umask of 000 [T39]', async () => {
  const before = process.umask(0);
  try {
    await fileTokenStore(path).set('key', 'value');
  } finally {
    process.umask(before);
  }
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(path, 'key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(path)).toEqual(['key']);
});

test('a symbolic link is refused as file and as directory, for reading and writing [T39]', async () => {
  const store = fileTokenStore(path);
  await store.set('other', 'value');
  await writeFile(join(parent, 'target'), 'secret of another program', { mode: 0o600 });
  await symlink(join(parent, 'target'), join(path, 'key'));
  await expect(store.get('key')).rejects.toThrow(/symbolic link/);
  await expect(store.set('key', 'value')).rejects.toBeInstanceOf(CredentialError);
  expect((await lstat(join(path, 'key'))).isSymbolicLink()).toBe(true);
  await symlink(path, join(parent, 'linked'));
  await expect(fileTokenStore(join(parent, 'linked')).get('other')).rejects.toThrow(/not a directory/);
});

test('a file or directory that others can read is refused [T39]', async () => {
  const store = fileTokenStore(path);
  await store.set('key', 'value');
  await chmod(join(path, 'key'), 0o644);
  await expect(store.get('key')).rejects.toThrow(/mode 644/);
  await chmod(join(path, 'key'), 0o600);
  await chmod(path, 0o755);
  await expect(store.get('key')).rejects.toThrow(/mode 755/);
});

test('a file or directory of another user is refused [T39]', async () => {
  await fileTokenStore(path).set('key', 'value');
  const uid = process.getuid?.() ?? 0;
  vi.spyOn(process as { getuid(): number }, 'getuid').mockReturnValue(uid + 1);
  await expect(fileTokenStore(path).get('key')).rejects.toThrow(/another user/);
  await expect(fileTokenStore(path).set('key', 'value')).rejects.toThrow(/another user/);
});

test('a directory instead of a file, and a key with a path in it, are refused', async () => {
  const store = fileTokenStore(path);
  await store.set('other', 'value');
  await mkdir(join(path, 'key'), { mode: 0o700 });
  await expect(store.get('key')).rejects.toThrow(/not a regular file/);
  await expect(store.get('../key')).rejects.toBeInstanceOf(ConfigurationError);
});

test('work for one key is exclusive across stores, and work for two keys is concurrent', async () => {
  const [one, two] = [fileTokenStore(path), fileTokenStore(path)];
  const log: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = one.exclusively('key', never, async () => {
    log.push('first begins');
    await gate;
    log.push('first ends');
  });
  await expect.poll(() => log).toEqual(['first begins']);
  const second = two.exclusively('key', never, async () => {
    log.push('second');
  });
  await two.exclusively('another', never, async () => {
    log.push('another key');
  });
  open();
  await Promise.all([first, second]);
  expect(log).toEqual(['first begins', 'another key', 'first ends', 'second']);
  expect(await readdir(path)).toEqual([]);
});

test('waiting for a lock ends when the signal aborts, and a lock is released when its work throws', async () => {
  const store = fileTokenStore(path);
  const { promise: gate, reject: fail } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const first = store.exclusively('key', never, () => {
    begun.resolve();
    return gate;
  });
  await begun.promise;
  const controller = new AbortController();
  const second = store.exclusively('key', controller.signal, async () => undefined);
  controller.abort();
  await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  fail(new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  expect(await store.exclusively('key', never, async () => 'free')).toBe('free');
});

test('an empty path is a ConfigurationError', () => {
  expect(() => fileTokenStore('')).toThrow(ConfigurationError);
});
