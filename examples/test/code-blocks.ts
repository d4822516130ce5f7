import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program of a page: a `ts` block, together with the `ts continued` blocks that follow it. */
export interface Program {
  /** The path of the page and the number of the program in it: `docs/streaming.md#2`. */
  readonly name: string;
  /** A file name made from `name`. */
  readonly file: string;
  readonly code: string;
}

/** Returns the paths of all pages for users: README.md, docs/ and the READMEs of the packages. */
export function pages(): string[] {
  const packages = readdirSync(join(root, 'packages')).map(name => join('packages', name, 'README.md'));
  const docs = readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name));
  return ['README.md', ...docs, ...packages];
}

/** Returns the programs of all pages. A `ts quoted` block is not a program: it quotes one that is tested elsewhere. */
export function programs(): Program[] {
  return pages().flatMap(page => {
    const sources: string[] = [];
    for (const [, mark, code] of read(page).matchAll(/^```ts ?([^\n]*)\n([\s\S]*?)^```$/gm)) {
      if (code === undefined || mark === 'quoted') continue;
      const last = sources.length - 1;
      if (mark === 'continued' && last >= 0) sources[last] += `\n${code}`;
      else sources.push(code);
    }
    return sources.map((code, index) => ({
      name: `${page}#${index + 1}`,
      file: `${page === 'README.md' ? 'readme' : page.replaceAll(/[/\\]/g, '-').replace(basename(page), basename(page, '.md'))}-${index + 1}.ts`,
      code,
    }));
  });
}

/** Returns the text of a page, or an empty string if it does not exist. */
export function read(page: string): string {
  try {
    return readFileSync(join(root, page), 'utf8');
  } catch {
    return '';
  }
}
