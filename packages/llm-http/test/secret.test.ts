import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { AbortError, ConfigurationError, CredentialError } from '@crew/core';
import { manualClock } from '@crew/test-endpoint';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkSecret, readSecret } from '../src/adapter.ts';
import { fromCommand, fromEnv, fromFile, type Secret } from '../src/index.ts';

const signal = new AbortController().signal;
const read = (secret: Secret): string | Promise<string> => readSecret(secret, 'apiKey', { signal });
/** Something visible that no error may repeat. */
const PLANTED = 'sk-planted-0123456789';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-secret-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a secret string', () => {
  it('is used unchanged', () => {
    expect(read('sk two words')).toBe('sk two words');
  });

  it.each([
    ['an empty one', ''],
    ['a CR LF inside (threat 15)', `${PLANTED}\r\nX-Evil: 1`],
    ['a line break at its end', `${PLANTED}\n`],
    ['a NUL', `${PLANTED}\0`],
    ['a line separator, U+2028', `${PLANTED}\u2028`],
    ['a byte order mark', `\ufeff${PLANTED}`],
    ['a space before it', ` ${PLANTED}`],
    ['a space after it', `${PLANTED} `],
    ['a letter outside ASCII', `${PLANTED}é`],
    ['an object with a toString', { toString: () => PLANTED }],
    ['a number', 1234],
    ['nothing', undefined],
  ])('is rejected if it has %s [S33]', (_what, secret) => {
    const refuse = (): void => checkSecret(secret, 'apiKey');
    expect(refuse).toThrow(ConfigurationError);
    expect(refuse).toThrow('apiKey');
    expect(refuse).not.toThrow(PLANTED);
  });
});

describe('a secret from a function', () => {
  it('is read synchronously if the function returns it synchronously', () => {
    expect(read(() => 'now')).toBe('now');
  });

  it('is awaited if the function returns a promise', async () => {
    const pending = read(async () => 'later');
    expect(pending).toBeInstanceOf(Promise);
    expect(await pending).toBe('later');
  });

  it('is checked when it has been read', async () => {
    expect(() => read(() => 'two\nlines')).toThrow(ConfigurationError);
    await expect(read(async () => '')).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('causes a CredentialError without the properties of the error if the function fails', async () => {
    const fault = Object.assign(new Error('sealed'), { request: { token: PLANTED } });
    const thrown = await Promise.resolve()
      .then(() => read(() => Promise.reject(fault)))
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CredentialError);
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(PLANTED);
    expect(() =>
      read(() => {
        throw fault;
      }),
    ).toThrow(CredentialError);
  });
});

describe('fromEnv', () => {
  it('reads the variable at every use without one trailing line break', () => {
    const secret = fromEnv('CREW_TEST_KEY');
    vi.stubEnv('CREW_TEST_KEY', 'first\n');
    expect(secret()).toBe('first');
    vi.stubEnv('CREW_TEST_KEY', 'second\r\n');
    expect(secret()).toBe('second');
  });

  it.each([
    ['unset', undefined],
    ['empty', ''],
    ['a line break alone', '\n'],
    ['two line breaks', 'key\n\n'],
  ])('causes a ConfigurationError at construction when the variable is %s', (_what, value) => {
    vi.stubEnv('CREW_TEST_KEY', value);
    expect(() => checkSecret(fromEnv('CREW_TEST_KEY'), 'apiKey')).toThrow(ConfigurationError);
  });

  it('shows nothing of the value', () => {
    vi.stubEnv('CREW_TEST_KEY', PLANTED);
    const secret = fromEnv('CREW_TEST_KEY');
    secret();
    expect(inspect(secret, { showHidden: true, depth: 9 }) + JSON.stringify({ secret })).not.toContain(PLANTED);
  });
});

describe('fromFile', () => {
  it('reads the file again when it has changed, checking at most once per second', async () => {
    const clock = manualClock();
    const path = join(folder, 'rotated');
    writeFileSync(path, 'first\n');
    const secret = fromFile(path, { clock });
    expect(secret()).toBe('first');
    writeFileSync(path, 'second\r\n');
    await clock.advance(999);
    expect(secret()).toBe('first');
    await clock.advance(1);
    expect(secret()).toBe('second');
  });

  it('notices a file that was replaced by one of the same size and time', async () => {
    const clock = manualClock();
    const path = join(folder, 'renamed');
    const when = new Date(2026, 0, 1);
    writeFileSync(path, 'aaaa');
    utimesSync(path, when, when);
    const secret = fromFile(path, { clock });
    expect(secret()).toBe('aaaa');
    writeFileSync(`${path}.new`, 'bbbb');
    utimesSync(`${path}.new`, when, when);
    renameSync(`${path}.new`, path);
    await clock.advance(999);
    expect(secret()).toBe('aaaa');
    await clock.advance(1);
    expect(secret()).toBe('bbbb');
  });

  it('keeps the last value while the file is missing or half written', async () => {
    const clock = manualClock();
    const path = join(folder, 'gone');
    writeFileSync(path, 'value');
    const secret = fromFile(path, { clock });
    secret();
    rmSync(path);
    await clock.advance(1_000);
    expect(secret()).toBe('value');
    writeFileSync(path, '');
    await clock.advance(1_000);
    expect(secret()).toBe('value');
    writeFileSync(path, 'new value');
    await clock.advance(1_000);
    expect(secret()).toBe('new value');
  });

  it.each([
    ['is missing', () => join(folder, 'nowhere')],
    ['is a folder', () => folder],
    ['is empty', () => file('empty', '')],
    ['holds a line break alone', () => file('break', '\n')],
    ['is not one secret', () => file('lines', `${PLANTED}\n${PLANTED}\n`)],
    ['is a device', () => '/dev/zero'],
    ['is larger than a secret', () => file('large', 'a'.repeat(1_048_577))],
  ])('causes a ConfigurationError at construction when the file %s', (_what, path) => {
    const refuse = (): void => checkSecret(fromFile(path()), 'apiKey');
    expect(refuse).toThrow(ConfigurationError);
    expect(refuse).not.toThrow(PLANTED);
  });

  it('leaves no file open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const path = file('open', 'value');
    fromFile(path)();
    const before = open();
    for (let count = 0; count < 50; count += 1) fromFile(path)();
    expect(open()).toBe(before);
  });

  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }
});

describe('fromCommand', () => {
  const node = process.execPath;

  it('runs the command once for many callers, without a shell, and caches its output', async () => {
    const log = join(folder, 'runs');
    const script = `require('fs').appendFileSync(process.argv[1], 'run\\n'); console.log(process.argv[2])`;
    const clock = manualClock();
    const secret = fromCommand([node, '-e', script, log, '$HOME;ls'], { clock, maxAge: 60_000 });
    expect(new Set(await Promise.all([read(secret), read(secret), read(secret)]))).toEqual(new Set(['$HOME;ls']));
    expect(read(secret)).toBe('$HOME;ls');
    expect(runs(log)).toBe(1);
    await clock.advance(60_000);
    await read(secret);
    expect(runs(log)).toBe(2);
  });

  it('runs the command again when the server has refused the value', async () => {
    const log = join(folder, 'refused');
    const script = `require('fs').appendFileSync(process.argv[1], 'run\\n'); console.log('k' + require('fs').readFileSync(process.argv[1]).length)`;
    const secret = fromCommand([node, '-e', script, log]);
    const first = await secret({ signal });
    expect(await secret({ signal, refused: first })).not.toBe(first);
    expect(runs(log)).toBe(2);
  });

  it.each([
    ['fails', 'console.error(process.argv[1]); process.exit(3)', 'exit code 3'],
    ['prints nothing', '', 'printed nothing'],
  ])('causes a CredentialError without a secret when the command %s', async (_what, script, message) => {
    const thrown = await Promise.resolve(read(fromCommand([node, '-e', script, PLANTED]))).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(CredentialError);
    expect(inspect(thrown, { depth: 9, showHidden: true })).toContain(message);
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(PLANTED);
  });

  it('causes a CredentialError when the program does not exist', async () => {
    await expect(read(fromCommand(['crew-no-such-program']))).rejects.toThrow('crew-no-such-program failed (ENOENT)');
  });

  it('kills a command that exceeds its time limit', async () => {
    const secret = fromCommand([node, '-e', 'setInterval(() => {}, 1000)'], { timeout: 200 });
    await expect(read(secret)).rejects.toMatchObject({ code: 'CREDENTIAL' });
  });

  it('kills the command when no caller waits for it', async () => {
    const caller = new AbortController();
    const secret = fromCommand([node, '-e', 'setInterval(() => {}, 1000)']);
    const waiting = secret({ signal: caller.signal });
    caller.abort();
    await expect(waiting).rejects.toBeInstanceOf(AbortError);
  });

  it.each([[[]], [['']], ['vault'], [['vault', 1]], [undefined]])('rejects %j instead of a program', argv => {
    expect(() => fromCommand(argv as readonly string[])).toThrow(ConfigurationError);
  });

  function runs(log: string): number {
    return readFileSync(log, 'utf8').split('\n').length - 1;
  }
});
