import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The names and contents of all files below a folder, and where its symbolic links point. */
export async function* textsInFiles(folder: string): AsyncGenerator<{ readonly place: string; readonly text: string }> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    yield { place: `name of ${path}`, text: entry.name };
    if (entry.isFile()) yield { place: `file ${path}`, text: await readFile(path, 'utf8') };
    else if (entry.isSymbolicLink()) yield { place: `link ${path}`, text: await readlink(path) };
  }
}
