import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PackageNames } from './package-names.ts';

/** A file of a template, with placeholders in its text and its path. */
export interface TemplateFile {
  /** Path relative to the package. */
  readonly path: string;
  readonly text: string;
}

/** Replaces the placeholders in a text. */
export type Substitute = (text: string) => string;

const TEMPLATE = fileURLToPath(new URL('../template', import.meta.url));
/** Files that npm does not include in a package under their own names. */
const RENAMED: Readonly<Record<string, string>> = {
  _gitignore: '.gitignore',
  '_package.json': 'package.json',
};

/** Reads the files of one folder of the template. The template is a package about a "gateway ticket". */
export async function readTemplate(part: string): Promise<readonly TemplateFile[]> {
  const files: TemplateFile[] = [];
  const folder = join(TEMPLATE, part);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(relative(folder, entry.parentPath), RENAMED[entry.name] ?? entry.name);
    files.push({ path, text: await readFile(join(entry.parentPath, entry.name), 'utf8') });
  }
  return files;
}

/** Creates the function that replaces all placeholders in one pass, so that no replacement is searched for placeholders. */
export function createSubstitute(names: PackageNames, author: string, year: number): Substitute {
  const replacements: ReadonlyMap<string, string> = new Map([
    ['@someone/gateway-ticket', names.packageName],
    ['gateway-ticket', names.kebab],
    ['gatewayTicket', names.camel],
    ['GatewayTicket', names.pascal],
    ['THE_AUTHOR', author],
    ['THE_YEAR', String(year)],
  ]);
  // linear: six literal words without special characters.
  const placeholder = new RegExp([...replacements.keys()].join('|'), 'g');
  return text => text.replace(placeholder, word => replacements.get(word) ?? word);
}

/** Names that a TypeScript module cannot declare (ECMA-262, section 12.7.2, including strict mode and modules). */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Names in the template that contain a placeholder. */
// bounded input: one file of this package's own template.
const PLACEHOLDER_NAMES = /\b\w*gatewayTicket\w*\b/gi;

/** Names that the modules of the template import and declare. */
// bounded input: one file of this package's own template.
const IMPORTS = /^import (?:type )?\{([^}]*)\}/gm;
const DECLARATIONS = /^(?:export )?(?:async )?(?:class|const|function|interface|type) (\w+)/gm;

/** Returns the reason why a package cannot have these names, or `undefined` if they clash with nothing. */
export function nameClash(files: readonly TemplateFile[], substitute: Substitute): string | undefined {
  const paths = files.map(({ path }) => substitute(path));
  const duplicate = paths.find((path, index) => paths.indexOf(path) !== index);
  if (duplicate !== undefined) return `would have two files named ${duplicate}`;
  const code = files.filter(({ path }) => path.endsWith('.ts')).map(({ text }) => text);
  const taken = new Set(code.flatMap(moduleNames).filter(name => substitute(name) === name));
  for (const original of new Set(code.flatMap(text => text.match(PLACEHOLDER_NAMES) ?? []))) {
    const name = substitute(original);
    if (RESERVED.has(name)) return `would export "${name}", a word that TypeScript reserves`;
    if (taken.has(name) || name in globalThis) return `would export "${name}", the name of something else in it`;
  }
  return undefined;
}

function moduleNames(text: string): readonly string[] {
  const imported = [...text.matchAll(IMPORTS)].flatMap(([, list = '']) => list.split(','));
  const declared = [...text.matchAll(DECLARATIONS)].map(([, name = '']) => name);
  return [...imported, ...declared].map(name => name.replace('type ', '').trim());
}
