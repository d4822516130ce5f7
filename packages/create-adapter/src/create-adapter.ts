import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { packageNames } from './package-names.ts';
import { createSubstitute, nameClash, readTemplate, type TemplateFile } from './template.ts';

/** Kind of adapter: an authenticator for `@crew/llm-http`, or a custom LLM on `@crew/core`. */
export type AdapterKind = 'authenticator' | 'llm';

/** Options of `createAdapter`. */
export interface CreateAdapterOptions {
  /** Folder of the new package. It must not exist, or must be empty. */
  readonly folder: string;
  /** Name of the package, with its scope if it has one. */
  readonly name: string;
  /** Kind of adapter. */
  readonly kind: AdapterKind;
  /** Author in the license and in package.json. Default: "The authors of" the package. */
  readonly author?: string | undefined;
  /** Year of the license. Default: the current year. */
  readonly year?: number | undefined;
}

/**
 * Creates the package of a Crew adapter: source code, tests that run the conformance suite, README, license, and workflows.
 * It writes either the complete package or nothing: the files are written next to the folder and moved into it at the end.
 *
 * @example
 * ```ts no-run
 * import { createAdapter } from '@crew/create-adapter';
 *
 * const files = await createAdapter({
 *   folder: 'my-auth',
 *   name: '@acme/my-auth',
 *   kind: 'authenticator',
 *   author: 'Ada Lovelace',
 * });
 * console.log(files); // 'README.md', 'package.json', 'src/my-auth.ts' and others
 * ```
 *
 * @returns the paths of the files, relative to the folder.
 * @throws {Error} if npm does not accept the name, if TypeScript does not accept the exports named after it, or if the folder
 * is not empty.
 */
export async function createAdapter(options: CreateAdapterOptions): Promise<readonly string[]> {
  const files = await renderFiles(options);
  const folder = resolve(options.folder);
  const exists = await isEmptyFolder(folder);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), text);
    }
    if (exists) await moveContents(draft, folder);
    else await rename(draft, folder).catch(thrown => Promise.reject(toFolderError(thrown, folder)));
    return files.map(({ path }) => path).sort();
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Returns the files of the template with the names of the package. */
async function renderFiles({ name, kind, author, year }: CreateAdapterOptions): Promise<readonly TemplateFile[]> {
  const names = packageNames(name);
  const licensee = author?.trim() || `The authors of ${name}`;
  const licenseYear = year ?? new Date().getFullYear();
  const files = [...(await readTemplate('shared')), ...(await readTemplate(kind))];
  const substitute = createSubstitute(names, licensee, licenseYear);
  const clash = nameClash(files, substitute);
  if (clash !== undefined) {
    throw new Error(`A package named "${name}" ${clash}. Choose another name, such as "${names.kebab}-auth".`);
  }
  const substituteInJson = createSubstitute(names, JSON.stringify(licensee).slice(1, -1), licenseYear);
  return files.map(({ path, text }) => ({
    path: substitute(path),
    text: path.endsWith('.json') ? substituteInJson(text) : substitute(text),
  }));
}

/**
 * Returns true if the folder exists and is empty, and false if it does not exist.
 *
 * @throws {Error} if it is not empty.
 */
async function isEmptyFolder(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch(ignoreMissing);
  if (files === undefined || files.length === 0) return files !== undefined;
  throw folderError(folder);
}

/** Moves the files into an existing folder, which is not replaced because the user may have opened it. */
async function moveContents(draft: string, folder: string): Promise<void> {
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

function folderError(folder: string): Error {
  return new Error(`${folder} is not empty. Choose another folder, or empty it first.`);
}

/** Returns the error for a folder that was created in the meantime, and any other error unchanged. */
function toFolderError(error: NodeJS.ErrnoException, folder: string): Error {
  return error.code === 'ENOTEMPTY' || error.code === 'EEXIST' ? folderError(folder) : error;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
