import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { checkOptions, optional, text } from './errors/check-options.ts';
import { ConfigurationError } from './errors/configuration-error.ts';
import type { FileWriter } from './task/file-writer.ts';
import { outputPathFault } from './task/output-path.ts';

/** Options of `nodeFiles`. */
export interface NodeFilesOptions {
  /** The folder that contains all files. It must exist. Default: the working directory at the time of writing. */
  readonly directory?: string | undefined;
}

/**
 * Returns a file writer that writes the output files of tasks into one folder. Paths that leave the folder are rejected,
 * even through a symbolic link. Missing subfolders are created. Each file is written to a temporary file first and then
 * renamed, so that no reader sees a partial file. A symbolic link in its place is replaced, not followed.
 *
 * @throws {ConfigurationError} if `directory` is invalid. `write` rejects with one if a path leaves the folder.
 *
 * @example
 * ```ts
 * import { type Agent, Crew, Task } from '@crew/core';
 * import { nodeFiles } from '@crew/core/node';
 *
 * export async function writeReport(agent: Agent): Promise<void> {
 *   const task = new Task({
 *     description: 'Write a report on the state of the harbour.',
 *     expectedOutput: 'A report in Markdown.',
 *     agent,
 *     outputFile: 'reports/harbour.md',
 *     files: nodeFiles({ directory: './output' }),
 *   });
 *   await new Crew({ tasks: [task] }).kickoff();
 * }
 * ```
 */
export function nodeFiles(options: NodeFilesOptions = {}): FileWriter {
  const { directory } = checkOptions('nodeFiles', options, { directory: optional(text) });
  return {
    write: async (path, content, { signal }) => {
      const fault = outputPathFault(path);
      if (fault !== undefined)
        throw new ConfigurationError(`${JSON.stringify(path)} cannot be written, because it ${fault}.`);
      signal.throwIfAborted();
      const root = await realpath(directory ?? process.cwd());
      const segments = path.split(/[\\/]/).filter(segment => segment !== '' && segment !== '.');
      const file = segments.pop() ?? '';
      const folder = await createFolder(root, segments);
      await replaceFile(folder, file, content, signal);
    },
  };
}

/** Creates the missing folders below `root`. Returns the real path of the last one. */
async function createFolder(root: string, segments: readonly string[]): Promise<string> {
  let folder = root;
  for (const segment of segments) {
    const next = join(folder, segment);
    try {
      await mkdir(next);
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
    }
    // A folder that already existed may be a link to anywhere.
    folder = await realpath(next);
    const path = relative(root, folder);
    if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
      throw new ConfigurationError(
        `${JSON.stringify(segments.join('/'))} leads out of the folder through a symbolic link. Choose another outputFile, or remove the link.`,
      );
    }
  }
  return folder;
}

async function replaceFile(folder: string, name: string, content: string, signal: AbortSignal): Promise<void> {
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content, { encoding: 'utf8', signal });
      await file.sync();
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await rename(temporary, join(folder, name));
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}
