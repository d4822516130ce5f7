import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Tool, tool } from '@crew/core';
import MiniSearch from 'minisearch';
import { z } from 'zod';
import { UsageError } from './options.ts';

interface Paragraph {
  readonly id: string;
  readonly file: string;
  readonly text: string;
}

/** Creates a tool that searches the text files of a folder, paragraph by paragraph. */
export async function searchNotes(folder: string): Promise<Tool> {
  const paragraphs = await readParagraphs(folder);
  const index = new MiniSearch<Paragraph>({ fields: ['text', 'file'], storeFields: ['file', 'text'] });
  index.addAll(paragraphs);
  return tool({
    name: 'search_notes',
    description: 'Searches the notes and returns the paragraphs that match best.',
    parameters: z.object({ query: z.string().describe('A few keywords') }),
    execute: ({ query }) => {
      const hits = index.search(query, { prefix: true, fuzzy: 0.2 }).slice(0, 3);
      if (hits.length === 0) return `Nothing in the notes matches "${query}".`;
      return hits.map(hit => `[${String(hit['file'])}]\n${String(hit['text'])}`).join('\n\n');
    },
  });
}

async function readParagraphs(folder: string): Promise<Paragraph[]> {
  const files = (await listFiles(folder)).filter(file => /\.(?:txt|md)$/i.test(file)).sort();
  if (files.length === 0)
    throw new UsageError(`The notes folder ${folder} has no .txt or .md file. Choose another one with --notes.`);
  const texts = await Promise.all(files.map(async file => ({ file, text: await readNote(join(folder, file)) })));
  return texts.flatMap(({ file, text }) =>
    text
      .split(/\n\s*\n/)
      .map(paragraph => paragraph.trim())
      .filter(paragraph => paragraph !== '')
      .map((paragraph, index) => ({ id: `${file}#${index}`, file, text: paragraph })),
  );
}

async function readNote(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new UsageError(`The note ${file} cannot be read: ${reasonOf(thrown)}.`);
  }
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(entry => entry.isFile()).map(entry => entry.name);
  } catch (thrown) {
    throw new UsageError(`The notes folder ${folder} cannot be read: ${reasonOf(thrown)}.`);
  }
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  return { ENOENT: 'it does not exist', ENOTDIR: 'it is not a folder', EACCES: 'permission denied' }[code] ?? code;
}
