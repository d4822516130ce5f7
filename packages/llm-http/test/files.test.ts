import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, pbkdf2, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigurationError, CredentialError } from '@crew/core';
import { manualClock } from '@crew/test-endpoint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkSecret,
  fileVersion,
  readRegularFile,
  readRegularFileSync,
  readSecret,
  withFileTimeout,
} from '../src/adapter.ts';
import { fromCommand, fromEnv, fromFile } from '../src/index.ts';

const signal = new AbortController().signal;

let folder: string;
let server: Server;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crew-files-'));
  writeFileSync(at('ordinary'), 'value\n');
  writeFileSync(at('full'), Buffer.alloc(1_048_576, 'a'));
  writeFileSync(at('large'), Buffer.alloc(1_048_577, 'a'));
  symlinkSync(at('ordinary'), at('link'));
  symlinkSync(at('loop'), at('loop'));
  if (process.platform !== 'win32') execFileSync('mkfifo', [at('fifo')]);
  server = createServer();
  await new Promise<void>(resolve => server.listen(at('socket'), resolve));
});
afterAll(async () => {
  await new Promise(resolve => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test('readRegularFile reads a regular file of up to 1 MiB completely, also through a symbolic link', async () => {
  const file = await readRegularFile(at('link'));
  expect(file?.bytes.toString()).toBe('value\n');
  expect(file?.version).toBe(await fileVersion(at('ordinary')));
  expect((await readRegularFile(at('full')))?.bytes).toHaveLength(1_048_576);
  expect(readRegularFileSync(at('full'))?.bytes).toHaveLength(1_048_576);
});

test('readRegularFile returns undefined for a missing file, and rejects a link that must not be followed', async () => {
  expect(await readRegularFile(at('missing'))).toBeUndefined();
  expect(readRegularFileSync(at('missing'))).toBeUndefined();
  expect(await fileVersion(at('missing'))).toBe('missing');
  await expect(readRegularFile(at('link'), { followLinks: false })).rejects.toThrow(/symbolic link/);
});

// Windows has none of these in its file system.
if (process.platform === 'linux')
  describe('a path that is not a regular file', () => {
    const kinds: readonly [string, () => string, RegExp][] = [
      ['a FIFO', () => at('fifo'), /not a regular file: it is a FIFO/],
      ['a device that never ends', () => '/dev/zero', /not a regular file: it is a device/],
      ['a folder', () => folder, /not a regular file: it is a folder/],
      ['a socket', () => at('socket'), /not a regular file: it is a socket/],
      ['a link to itself', () => at('loop'), /symbolic link to itself/],
      ['a file over 1 MiB', () => at('large'), /larger than 1 MiB/],
      ['a file that claims to be empty and goes on past 1 MiB', () => '/proc/kallsyms', /larger than 1 MiB/],
    ];

    test.each(kinds)(
      'rejects a path that is not a regular file in every reader without waiting: %s [X7]',
      async (_what, path, reason) => {
        await expect(readRegularFile(path())).rejects.toThrow(reason);
        await expect(readRegularFile(path())).rejects.toBeInstanceOf(CredentialError);
        expect(() => readRegularFileSync(path())).toThrow(reason);
        expect(() => checkSecret(fromFile(path()), 'apiKey')).toThrow(ConfigurationError);
        await expect(Promise.resolve(readSecret(fromFile(path()), 'apiKey', { signal }))).rejects.toThrow(reason);
      },
    );

    test('blocks no thread of the pool with a FIFO, however many readers it has [X7]', async () => {
      const reads = Array.from({ length: 16 }, () => readRegularFile(at('fifo')));
      const results = await Promise.allSettled(reads);
      expect(results.every(({ status }) => status === 'rejected')).toBe(true);
      expect(await promisify(pbkdf2)('password', 'salt', 1, 8, 'sha256')).toHaveLength(8);
    });

    test('keeps the last value of fromFile when a FIFO replaces the file [X7]', async () => {
      const clock = manualClock();
      const path = at('replaced');
      writeFileSync(path, 'first');
      const secret = fromFile(path, { clock });
      expect(secret()).toBe('first');
      rmSync(path);
      execFileSync('mkfifo', [path]);
      await clock.advance(1_000);
      expect(await secret({ signal })).toBe('first');
      rmSync(path);
      writeFileSync(path, 'second');
      await clock.advance(1_000);
      expect(await secret({ signal })).toBe('second');
    });
  });

test('fromFile with a context reads without blocking and returns a recent value at once', async () => {
  const clock = manualClock();
  const secret = fromFile(at('ordinary'), { clock });
  const first = secret({ signal });
  expect(first).toBeInstanceOf(Promise);
  expect(await first).toBe('value');
  expect(secret({ signal })).toBe('value');
  await clock.advance(1_000);
  expect(secret({ signal })).toBeInstanceOf(Promise);
});

test('waiting for a file that is never read ends with the time limit and with the abort of the caller [X7]', async () => {
  const clock = manualClock();
  const never = new Promise<string>(() => undefined);
  const late = withFileTimeout(never, { path: '/net/token', clock }).catch((thrown: unknown) => thrown);
  await clock.advance(30_000);
  expect(await late).toMatchObject({
    code: 'CREDENTIAL',
    message: expect.stringContaining('/net/token could not be read within 30000 ms'),
    cause: { deadline: 'obtain' },
  });
  const caller = new AbortController();
  const left = withFileTimeout(never, { path: '/net/token', clock, signal: caller.signal });
  caller.abort();
  await expect(left).rejects.toMatchObject({ code: 'ABORTED' });
});

test('errors quote no secret that was passed instead of a path, a variable or a program [X23]', async () => {
  const pem = String(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = `${part({ alg: 'HS256' })}.${part({ sub: 'me' })}.${randomBytes(32).toString('base64url')}`;
  for (const secret of [pem, jwt, `sk-${randomBytes(24).toString('hex')}`, randomBytes(300).toString('hex')]) {
    const pieces = secret.split(/[\n.]/).filter(piece => piece.length >= 12 && !piece.startsWith('-----'));
    const failures: unknown[] = [];
    const collect = (work: () => unknown): Promise<unknown> =>
      Promise.resolve()
        .then(work)
        .catch((thrown: unknown) => failures.push(thrown));
    await collect(() => fromFile(secret)());
    await collect(() => fromFile(secret)({ signal }));
    await collect(() => checkSecret(fromFile(secret), 'apiKey'));
    await collect(() => fromEnv(secret)());
    await collect(() => fromCommand([secret])({ signal }));
    await collect(() => fromCommand([secret, '\0'])({ signal }));
    expect(failures).toHaveLength(6);
    for (const failure of failures) for (const piece of pieces) expect(String(failure)).not.toContain(piece);
  }
});
