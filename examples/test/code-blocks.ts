import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One program of a page: a `ts` block, with the blocks marked `ts continued` that follow it. */
export interface Program {
  /** The page and the number of the program in it: `docs/streaming.md#2`. */
  readonly name: string;
  /** A name for a file. */
  readonly file: string;
  readonly code: string;
}

/** Every page with code that users copy. */
export function pages(): string[] {
  const packages = readdirSync(join(root, 'packages')).map(name => join('packages', name, 'README.md'));
  const docs = readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name));
  return ['README.md', ...docs, ...packages];
}

/** The programs of all pages. A block marked `ts quoted` is part of a program shown elsewhere and is no program itself. */
export function programs(): Program[] {
  return pages().flatMap(page => {
    const codes: string[] = [];
    for (const [, mark, code] of read(page).matchAll(/^```ts ?([^\n]*)\n([\s\S]*?)^```$/gm)) {
      if (code === undefined || mark === 'quoted') continue;
      const last = codes.length - 1;
      if (mark === 'continued' && last >= 0) codes[last] += `\n${code}`;
      else codes.push(code);
    }
    return codes.map((code, index) => ({
      name: `${page}#${index + 1}`,
      file: `${page === 'README.md' ? 'readme' : page.replaceAll(/[/\\]/g, '-').replace(basename(page), basename(page, '.md'))}-${index + 1}.ts`,
      code,
    }));
  });
}

export function read(page: string): string {
  try {
    return readFileSync(join(root, page), 'utf8');
  } catch {
    return '';
  }
}
