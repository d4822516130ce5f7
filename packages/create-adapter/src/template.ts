import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Names } from './names.ts';

/** A file of a template, with the template's words in its text and its path. */
export interface TemplateFile {
  /** Relative to the package. */
  readonly path: string;
  readonly text: string;
}

/** Puts the package's words into a text. */
export type Substitute = (text: string) => string;

const TEMPLATE = fileURLToPath(new URL('../template', import.meta.url));
/** What npm does not put into a package under its own name. */
const RENAMED: Readonly<Record<string, string>> = {
  _gitignore: '.gitignore',
  '_package.json': 'package.json',
};

/** The files of a part of the templates, which are packages of their own about a "gateway ticket". */
export async function readTemplate(part: string): Promise<readonly TemplateFile[]> {
  const files: TemplateFile[] = [];
  const folder = join(TEMPLATE, part);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(relative(folder, entry.parentPath), RENAMED[entry.name] ?? entry.name);
    files.push({ path, text: await readFile(join(entry.parentPath, entry.name), 'utf8') });
  }
  return files;
}

/** All words at once: none is looked for in what stands for another. */
export function substitution(names: Names, author: string, year: number): Substitute {
  const words: ReadonlyMap<string, string> = new Map([
    ['@someone/gateway-ticket', names.packageName],
    ['gateway-ticket', names.kebab],
    ['gatewayTicket', names.camel],
    ['GatewayTicket', names.pascal],
    ['THE_AUTHOR', author],
    ['THE_YEAR', String(year)],
  ]);
  // linear: six literal words without special characters.
  const anyWord = new RegExp([...words.keys()].join('|'), 'g');
  return text => text.replace(anyWord, word => words.get(word) ?? word);
}
