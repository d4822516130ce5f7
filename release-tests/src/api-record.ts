import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Manifest } from './workspace.ts';

interface Exports {
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
}

/**
 * Returns the public API of a package as the compiler of its users sees it: the emitted declarations of every entry point and
 * of the files that they import, in a stable order. The records in `api/` make each change of the API visible in review.
 */
export function apiRecord({ folder, name }: Manifest): string {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Exports;
  const entries = Object.values(exports).flatMap(entry => (typeof entry === 'object' ? (entry.types ?? []) : []));
  const reached = new Map<string, string>();
  for (const entry of entries) visit(join(folder, entry), reached);
  const parts = [...reached].map(([file, text]) => `// ${relative(join(folder, 'dist'), file)}\n${text}`);
  return `// The public surface of ${name}. Written by \`pnpm api:update\`; see docs/versions.md.\n\n${parts.sort().join('\n')}`;
}

function visit(file: string, reached: Map<string, string>): void {
  if (reached.has(file)) return;
  const text = readFileSync(file, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\n?/, '\n');
  reached.set(file, text);
  for (const [, specifier] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
    if (specifier !== undefined) visit(join(dirname(file), declarationOf(specifier)), reached);
  }
}

/**
 * Returns the declaration file of a specifier. With `rewriteRelativeImportExtensions` the compiler writes `.ts` in declarations
 * and `.js` in code.
 */
function declarationOf(specifier: string): string {
  return specifier.replace(/\.[jt]s$/, '.d.ts');
}
