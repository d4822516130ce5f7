import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nameClash } from './name-clash.ts';
import { namesOf } from './names.ts';
import { readTemplate, substitution, type TemplateFile } from './template.ts';

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

/**
 * Writes a complete package, or nothing: it is put together beside its folder, and moved there at the end.
 *
 * @returns the paths of the files, relative to the folder.
 * @throws {Error} for a name that npm does not take, or TypeScript for what is exported; and a folder that is not empty.
 */
export async function createAdapter(options: CreateAdapterOptions): Promise<readonly string[]> {
  const files = await namedFiles(options);
  const folder = resolve(options.folder);
  const exists = await refuseOccupied(folder);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), text);
    }
    if (exists) await moveInto(folder, draft);
    else await rename(draft, folder).catch(failed => Promise.reject(occupiedMeanwhile(failed, folder)));
    return files.map(({ path }) => path).sort();
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The files of the kind, named after the package. */
async function namedFiles({ name, kind, author, year }: CreateAdapterOptions): Promise<readonly TemplateFile[]> {
  const names = namesOf(name);
  const by = author?.trim() || `The authors of ${name}`;
  const inYear = year ?? new Date().getFullYear();
  const files = [...(await readTemplate('shared')), ...(await readTemplate(kind))];
  const substitute = substitution(names, by, inYear);
  const clash = nameClash(files, substitute);
  if (clash !== undefined)
    throw new Error(`A package named "${name}" ${clash}. Choose another name, "${names.kebab}-auth" say.`);
  const inJson = substitution(names, JSON.stringify(by).slice(1, -1), inYear);
  return files.map(({ path, text }) => ({
    path: substitute(path),
    text: path.endsWith('.json') ? inJson(text) : substitute(text),
  }));
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

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
