import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, ConfigurationError, Crew, Task } from '@crew/core';
import { nodeFiles } from '@crew/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

const { signal } = new AbortController();
let base: string;
let directory: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'crew-files-')));
  directory = join(base, 'work');
  await mkdir(directory);
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

describe('nodeFiles', () => {
  it('nodeFiles writes a file and creates its folders', async () => {
    await nodeFiles({ directory }).write('a/b/out.md', 'Shelf 3. ✓', { signal });
    expect(await readFile(join(directory, 'a/b/out.md'), 'utf8')).toBe('Shelf 3. ✓');
  });

  it('nodeFiles accepts existing folders, "." and doubled slashes', async () => {
    await mkdir(join(directory, 'a'));
    await nodeFiles({ directory }).write('./a//out.md', 'x', { signal });
    expect(await readFile(join(directory, 'a/out.md'), 'utf8')).toBe('x');
  });

  it('nodeFiles replaces a file as a whole and leaves no other file behind', async () => {
    const files = nodeFiles({ directory });
    await files.write('out.md', 'a long first version', { signal });
    await files.write('out.md', 'short', { signal });
    expect(await readFile(join(directory, 'out.md'), 'utf8')).toBe('short');
    expect(await readdir(directory)).toEqual(['out.md']);
  });

  it('nodeFiles never shows a partial file, however many writers there are', async () => {
    const files = nodeFiles({ directory });
    const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(200_000));
    await files.write('out.md', contents[0] ?? '', { signal });
    let writing = true;
    const writes = Promise.all(contents.map(content => files.write('out.md', content, { signal }))).finally(() => {
      writing = false;
    });
    while (writing) expect(contents).toContain(await readFile(join(directory, 'out.md'), 'utf8'));
    await writes;
    expect(await readdir(directory)).toEqual(['out.md']);
  });

  it('nodeFiles creates the same folders for many files concurrently', async () => {
    const files = nodeFiles({ directory });
    await Promise.all([1, 2, 3, 4].map(number => files.write(`a/b/c/${number}.md`, 'x', { signal })));
    expect(await readdir(join(directory, 'a/b/c'))).toHaveLength(4);
  });

  it.each([['../out.md'], ['/tmp/out.md'], ['a/../../out.md'], ['C:\\out.md'], ['a/'], ['a\u0000']])(
    'nodeFiles rejects the path %j',
    async path => {
      await expect(nodeFiles({ directory }).write(path, 'x', { signal })).rejects.toBeInstanceOf(ConfigurationError);
      expect(await readdir(base)).toEqual(['work']);
    },
  );

  it('nodeFiles rejects a folder that is a link out of the directory', async () => {
    await mkdir(join(base, 'elsewhere'));
    await symlink(join(base, 'elsewhere'), join(directory, 'link'));
    await expect(nodeFiles({ directory }).write('link/out.md', 'x', { signal })).rejects.toThrow(
      /leads out of the folder/,
    );
    await expect(nodeFiles({ directory }).write('link/deep/out.md', 'x', { signal })).rejects.toThrow(/leads out/);
    expect(await readdir(join(base, 'elsewhere'))).toEqual([]);
  });

  it('nodeFiles rejects a link to a sibling folder whose name has the same prefix', async () => {
    await mkdir(join(base, 'work-2'));
    await symlink(join(base, 'work-2'), join(directory, 'link'));
    await expect(nodeFiles({ directory }).write('link/out.md', 'x', { signal })).rejects.toThrow(/leads out/);
  });

  it('nodeFiles rejects a dangling link and creates nothing at its target', async () => {
    await symlink(join(base, 'nowhere'), join(directory, 'link'));
    await expect(nodeFiles({ directory }).write('link/out.md', 'x', { signal })).rejects.toThrow();
    expect(await readdir(base)).toEqual(['work']);
  });

  it('nodeFiles follows a link that stays within the directory', async () => {
    await mkdir(join(directory, 'a'));
    await symlink(join(directory, 'a'), join(directory, 'link'));
    await nodeFiles({ directory }).write('link/out.md', 'x', { signal });
    expect(await readdir(join(directory, 'a'))).toEqual(['out.md']);
  });

  it('nodeFiles replaces a link and does not touch its target', async () => {
    await writeFile(join(base, 'precious'), 'precious');
    await symlink(join(base, 'precious'), join(directory, 'out.md'));
    await nodeFiles({ directory }).write('out.md', 'x', { signal });
    expect(await readFile(join(base, 'precious'), 'utf8')).toBe('precious');
    expect(await readFile(join(directory, 'out.md'), 'utf8')).toBe('x');
  });

  it('nodeFiles accepts a link to the directory itself', async () => {
    await symlink(directory, join(base, 'alias'));
    await nodeFiles({ directory: join(base, 'alias') }).write('out.md', 'x', { signal });
    expect(await readFile(join(directory, 'out.md'), 'utf8')).toBe('x');
  });

  it('nodeFiles writes nothing if the run is cancelled', async () => {
    const write = nodeFiles({ directory }).write('out.md', 'x', { signal: AbortSignal.abort() });
    await expect(write).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('nodeFiles leaves no file behind when it fails', async () => {
    await mkdir(join(directory, 'out.md'));
    await expect(nodeFiles({ directory }).write('out.md', 'x', { signal })).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['out.md']);
  });

  it('nodeFiles rejects a missing directory', async () => {
    const files = nodeFiles({ directory: join(base, 'missing') });
    await expect(files.write('out.md', 'x', { signal })).rejects.toThrow(/ENOENT/);
  });

  it.each([[''], [3], [null]])('nodeFiles rejects the directory option %o', wrong => {
    expect(() => nodeFiles({ directory: wrong as string })).toThrow(ConfigurationError);
  });

  it('nodeFiles writes the output file of a crew with the inputs in its name', async () => {
    const agent = new Agent({
      role: 'Librarian',
      goal: 'Find books',
      backstory: 'You know every shelf.',
      llm: new ScriptedLLM(['{"shelf": 3}']),
    });
    const task = new Task({
      description: 'Where is {book}?',
      expectedOutput: 'A shelf',
      agent,
      outputSchema: { type: 'object', properties: { shelf: { type: 'number' } } },
      outputFile: 'books/{book}.json',
      files: nodeFiles({ directory }),
    });
    await new Crew({ tasks: [task] }).kickoff({ inputs: { book: 'emma' } });
    expect(JSON.parse(await readFile(join(directory, 'books/emma.json'), 'utf8'))).toEqual({ shelf: 3 });
  });
});
