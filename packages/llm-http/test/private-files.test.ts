import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CredentialError } from '@crew/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasPrivateFolder, preparePrivateFolder, readPrivateFile, replacePrivateFile } from '../src/adapter.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-private-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

/** Starts a process that writes a file, stops between writing and renaming, reports it, and waits. */
async function interruptedWriter(path: string): Promise<ChildProcess> {
  const program = `import promises from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    promises.rename = () => { process.stdout.write('written'); return new Promise(() => setInterval(() => {}, 1000)); };
    syncBuiltinESMExports();
    const { replacePrivateFile } = await import('@crew/llm-http/adapter');
    await replacePrivateFile(process.argv[1], 'a secret');`;
  const child = spawn(process.execPath, ['--conditions=@crew/source', '--input-type=module', '--eval', program, path], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The writer ended before it had written.')));
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), ended]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test('replacePrivateFile replaces a file atomically, accessible to its owner only, in a folder accessible to its owner only', async () => {
  const path = at('deeper/still/file');
  const before = process.umask(0);
  try {
    await replacePrivateFile(path, 'one');
    await replacePrivateFile(path, 'two');
  } finally {
    process.umask(before);
  }
  expect(await readPrivateFile(path)).toBe('two');
  expect(readdirSync(at('deeper/still'))).toEqual(['file']);
  if (process.platform === 'win32') return;
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const name of ['deeper', 'deeper/still']) expect(statSync(at(name)).mode & 0o777).toBe(0o700);
});

test('readPrivateFile returns undefined for a missing file, and replacePrivateFile rejects a text over 1 MiB', async () => {
  expect(await readPrivateFile(at('missing'))).toBeUndefined();
  await expect(replacePrivateFile(at('file'), 'ä'.repeat(524_289))).rejects.toThrow(/cannot hold more than 1 MiB/);
  expect(readdirSync(folder)).toEqual([]);
});

describe('temporary files of killed processes', () => {
  test('removes the temporary file of a killed writer and keeps that of a living one [X17]', async () => {
    const [dead, living] = [await interruptedWriter(at('one')), await interruptedWriter(at('two'))];
    expect(readdirSync(folder)).toHaveLength(2);
    await kill(dead);
    expect(readdirSync(folder)).toHaveLength(2);
    await replacePrivateFile(at('three'), 'text');
    expect(readdirSync(folder)).toHaveLength(2);
    await kill(living);
    await replacePrivateFile(at('three'), 'text');
    expect(readdirSync(folder)).toEqual(['three']);
  });

  test.each([
    ['is removed when it is old', -3_600, true],
    ['is removed when it claims to be from the future', 3_600, true],
    ['is kept when it is young', 0, false],
  ])('on another machine a temporary file %s [X17, X26]', async (_what, seconds, isRemoved) => {
    const writer = await interruptedWriter(at('file'));
    await kill(writer);
    const [name = ''] = readdirSync(folder);
    const foreign = at(name.replace(/^(\.crew-)[0-9a-f]{8}/, '$100000000'));
    expect(foreign).not.toBe(at(name));
    renameSync(at(name), foreign);
    utimesSync(foreign, Date.now() / 1000 + seconds, Date.now() / 1000 + seconds);
    await replacePrivateFile(at('file'), 'text');
    expect(existsSync(foreign)).toBe(!isRemoved);
  });

  test('removes only temporary files, and no other files, folders and links, whatever their names [X17]', async () => {
    const name = (id: string): string => `.crew-00000000-1-${id}.tmp`;
    const id = '00000000-0000-0000-0000-00000000000';
    mkdirSync(at(name(`${id}1`)));
    writeFileSync(at('target'), 'mine');
    symlinkSync(at('target'), at(name(`${id}2`)));
    writeFileSync(at('.crew-00000000-1-file.tmp'), 'mine');
    writeFileSync(at('.hidden.tmp'), 'mine');
    const before = readdirSync(folder);
    for (const one of before) utimesSync(at(one), 0, 0);
    await replacePrivateFile(at('file'), 'text');
    expect(readdirSync(folder).sort()).toEqual([...before, 'file'].sort());
  });
});

// Windows has neither modes nor FIFOs.
if (process.platform !== 'win32')
  describe('untrusted files', () => {
    test.each<[string, (path: string) => void, RegExp]>([
      ['a FIFO', path => execFileSync('mkfifo', [path]), /not a regular file: it is a FIFO/],
      ['a folder', path => mkdirSync(path), /not a regular file: it is a folder/],
      ['a symbolic link', path => symlinkSync(at('target'), path), /symbolic link/],
      ['a file that others can read', path => readable(path), /mode 644.*0600/],
    ])(
      'rejects an untrusted file for reading and writing, and leaves it unchanged: %s [X7]',
      async (_what, make, reason) => {
        make(at('file'));
        await expect(replacePrivateFile(at('file'), 'text')).rejects.toThrow(reason);
        await expect(replacePrivateFile(at('file'), 'text')).rejects.toBeInstanceOf(CredentialError);
        expect(readdirSync(folder)).toEqual(['file']);
        writeFileSync(at('target'), 'mine');
        await expect(readPrivateFile(at('file'))).rejects.toThrow(reason);
        expect(readFileSync(at('target'), 'utf8')).toBe('mine');
      },
    );

    test('rejects a file over 1 MiB for reading, and replaces it', async () => {
      writeFileSync(at('file'), 'a'.repeat(1_048_577), { mode: 0o600 });
      await expect(readPrivateFile(at('file'))).rejects.toThrow(/larger than 1 MiB/);
      await replacePrivateFile(at('file'), 'text');
      expect(await readPrivateFile(at('file'))).toBe('text');
    });

    function readable(path: string): void {
      writeFileSync(path, 'text');
      chmodSync(path, 0o644);
    }
  });

if (process.platform === 'linux')
  test.each([
    '/proc/crew/tokens',
    '/proc/self/crew',
    '/proc/self/fd/crew/tokens',
    '/dev/fd/crew',
    '/dev/fd/0/tokens',
    '/sys/crew/a',
  ])('fails at once in a folder below %s, for reading and writing [X32]', async path => {
    await expect(preparePrivateFolder(path)).rejects.toBeInstanceOf(CredentialError);
    await expect(replacePrivateFile(join(path, 'file'), 'text')).rejects.toBeInstanceOf(CredentialError);
    await hasPrivateFolder(path).catch(thrown => expect(thrown).toBeInstanceOf(CredentialError));
    await readPrivateFile(join(path, 'file')).catch(thrown => expect(thrown).toBeInstanceOf(CredentialError));
  });
