import type { Substitute, TemplateFile } from './template.ts';

/** What a TypeScript module may name nothing of its own (ECMA-262, section 12.7.2, with strict mode and modules). */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Names made out of the template's own. */
// bounded input: one file of this package's own template.
const NAMED_AFTER = /\b\w*gatewayTicket\w*\b/gi;

/** Names that the template's modules import, and that they declare. */
// bounded input: one file of this package's own template.
const IMPORTS = /^import (?:type )?\{([^}]*)\}/gm;
const DECLARATIONS = /^(?:export )?(?:async )?(?:class|const|function|interface|type) (\w+)/gm;

/** Why the template cannot be named after a package; undefined when it can. */
export function nameClash(files: readonly TemplateFile[], substitute: Substitute): string | undefined {
  const paths = files.map(({ path }) => substitute(path));
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) return `would have two files named ${twice}`;
  const code = files.filter(({ path }) => path.endsWith('.ts')).map(({ text }) => text);
  const taken = new Set(code.flatMap(namesIn).filter(name => substitute(name) === name));
  for (const own of new Set(code.flatMap(text => text.match(NAMED_AFTER) ?? []))) {
    const name = substitute(own);
    if (RESERVED.has(name)) return `would export "${name}", a word that TypeScript reserves`;
    if (taken.has(name) || name in globalThis) return `would export "${name}", the name of something else in it`;
  }
  return undefined;
}

function namesIn(text: string): readonly string[] {
  const imported = [...text.matchAll(IMPORTS)].flatMap(([, list = '']) => list.split(','));
  const declared = [...text.matchAll(DECLARATIONS)].map(([, name = '']) => name);
  return [...imported, ...declared].map(name => name.replace('type ', '').trim());
}
