import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Manifest } from './workspace.ts';

interface Exports {
  readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
}

/**
 * The public surface of a package as its users' compiler sees it: the emitted declarations of every entry point and of
 * what those reach, in a stable order. Kept in `api/`, so that a change of the surface is seen in review.
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

/** With `rewriteRelativeImportExtensions` the compiler writes `.ts` in declarations and `.js` in code. */
function declarationOf(specifier: string): string {
  return specifier.replace(/\.[jt]s$/, '.d.ts');
}
