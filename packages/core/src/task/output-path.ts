/**
 * What is wrong with a path that must stay inside a folder, or `undefined`: absolute, with a drive letter, with a
 * segment `..`, or with a control character. A backslash separates folders on some systems, so it counts as one here.
 */
export function outputPathFault(path: string): string | undefined {
  const segments = path.split(/[\\/]/).map(segment => segment.trim());
  if (/^[\\/]|^[A-Za-z]:/.test(path)) return 'is not relative';
  if (segments.includes('..')) return 'leaves its folder with ".."';
  if (['', '.'].includes(segments.at(-1) ?? '')) return 'names no file';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u001f\u007f]/.test(path) ? 'has a control character' : undefined;
}
