import { ConfigurationError } from '../errors/configuration-error.ts';

/** A destination for the output files of tasks, such as `nodeFiles()` of `@crew/core/node`. */
export interface FileWriter {
  /**
   * Writes the file atomically: a reader never sees part of it. `path` is relative, with `/` between folders; missing folders
   * are created. Rejects for a path that leaves the writer's folder.
   */
  write(path: string, content: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

/**
 * Checks that an `outputFile` is a plain path inside its folder.
 *
 * @throws {ConfigurationError} naming the task.
 */
export function checkOutputPath(path: string, task: string): void {
  const fault = outputPathFault(path);
  if (fault === undefined) return;
  throw new ConfigurationError(
    `outputFile of task "${task}" ${fault}: ${JSON.stringify(path)}. Set a path inside the folder of its files writer.`,
  );
}

/**
 * Returns what is wrong with a path that must stay inside a folder, or `undefined`. The path must not be absolute, start
 * with a drive letter or a home folder (`~/`), or contain a `..` segment or control characters. A backslash counts as a
 * separator on every system.
 */
export function outputPathFault(path: string): string | undefined {
  const segments = path.split(/[\\/]/).map(segment => segment.trim());
  if (/^[\\/]|^[A-Za-z]:/.test(path)) return 'is not relative';
  if (segments.length > 1 && segments[0]?.startsWith('~')) return 'begins with "~", which is not expanded';
  if (segments.includes('..')) return 'leaves its folder with ".."';
  if (['', '.'].includes(segments.at(-1) ?? '')) return 'does not name a file';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters.
  return /[\u0000-\u001f\u007f]/.test(path) ? 'has a control character' : undefined;
}
