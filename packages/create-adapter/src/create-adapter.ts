import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Names, namesOf } from './names.ts';

/** What is written: one authenticator on `@crew/llm-http`, or one LLM on `@crew/core`. */
export type AdapterKind = 'authenticator' | 'llm';

/** What `createAdapter` takes. */
export interface CreateAdapterOptions {
  /** Where the package is written: a folder that does not exist, or is empty. */
  readonly folder: string;
  /** The package's name, with its scope if it has one. */
  readonly name: string;
  readonly kind: AdapterKind;
  /** For the license and package.json. Default: "The authors of" the package. */
  readonly author?: string | undefined;
  /** Of the license. Default: this year. */
  readonly year?: number | undefined;
}

const TEMPLATE = fileURLToPath(new URL('../template', import.meta.url));
/** What npm does not put into a package under its own name. */
const RENAMED: Readonly<Record<string, string>> = {
  _gitignore: '.gitignore',
  '_package.json': 'package.json',
};

/**
 * Writes a complete package, or nothing: it is put together beside its folder, and moved there at the end.
 *
 * @returns the paths of the files, relative to the folder.
 * @throws {Error} for a name that npm does not take, and a folder that is not empty.
 */
export async function createAdapter(options: CreateAdapterOptions): Promise<readonly string[]> {
  const names = namesOf(options.name);
  const folder = resolve(options.folder);
  const exists = await refuseOccupied(folder);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    const written: string[] = [];
    for (const part of ['shared', options.kind]) {
      written.push(...(await copyPart(join(TEMPLATE, part), draft, substitutions(names, options))));
    }
    if (exists) await moveInto(folder, draft);
    else await rename(draft, folder).catch(failed => Promise.reject(occupiedMeanwhile(failed, folder)));
    return written.sort();
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Whether the folder exists. */
async function refuseOccupied(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch(ignoreMissing);
  if (files === undefined || files.length === 0) return files !== undefined;
  throw occupied(folder);
}

/** A folder that exists stays itself: it may be where the user is. */
async function moveInto(folder: string, draft: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of await readdir(draft)) {
      await rename(join(draft, name), join(folder, name));
      moved.push(name);
    }
  } catch (thrown) {
    for (const name of moved) await rm(join(folder, name), { recursive: true, force: true });
    throw thrown;
  }
}

function occupied(folder: string): Error {
  return new Error(`${folder} is not empty. Choose another folder, or empty it first.`);
}

function occupiedMeanwhile(error: NodeJS.ErrnoException, folder: string): Error {
  return error.code === 'ENOTEMPTY' || error.code === 'EEXIST' ? occupied(folder) : error;
}

/** The words of the templates, which are packages of their own about a "gateway ticket", and what stands for them. */
function substitutions(names: Names, { author, year }: CreateAdapterOptions): readonly (readonly [string, string])[] {
  return [
    ['@someone/gateway-ticket', names.packageName],
    ['gateway-ticket', names.kebab],
    ['gatewayTicket', names.camel],
    ['GatewayTicket', names.pascal],
    ['THE_AUTHOR', author?.trim() || `The authors of ${names.packageName}`],
    ['THE_YEAR', String(year ?? new Date().getFullYear())],
  ];
}

async function copyPart(
  from: string,
  to: string,
  words: readonly (readonly [string, string])[],
): Promise<readonly string[]> {
  const substitute = (text: string): string => words.reduce((all, [word, value]) => all.replaceAll(word, value), text);
  const written: string[] = [];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const name = substitute(join(relative(from, entry.parentPath), RENAMED[entry.name] ?? entry.name));
    await mkdir(dirname(join(to, name)), { recursive: true });
    await writeFile(join(to, name), substitute(await readFile(source, 'utf8')));
    written.push(name);
  }
  return written;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
