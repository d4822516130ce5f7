import { ConfigurationError } from '../errors/configuration-error.ts';

/**
 * Refuses what is not a plain relative path: absolute, with a drive letter, with a segment `..`, or with a control
 * character. A backslash separates folders on some systems, so it counts as one here.
 *
 * @throws {ConfigurationError} naming the task.
 */
export function checkOutputPath(path: string, task: string): void {
  const segments = path.split(/[\\/]/);
  const fault =
    path.trim() === '' || segments.at(-1)?.trim() === ''
      ? 'names no file'
      : /^[\\/]|^[A-Za-z]:/.test(path)
        ? 'is not relative'
        : segments.some(segment => segment.trim() === '..')
          ? 'leaves the folder with ".."'
          : // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
            /[\u0000-\u001f\u007f]/.test(path)
            ? 'has a control character'
            : undefined;
  if (fault !== undefined) {
    throw new ConfigurationError(
      `outputFile of task "${task}" ${fault}: ${JSON.stringify(path)}. Give a path inside the folder of its files writer.`,
    );
  }
}
