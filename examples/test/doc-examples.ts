// The `@example` blocks in the doc comments of all packages.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One `@example` block. */
export interface DocExample {
  /** Its file and line: `packages/core/src/agent/agent.ts:12`. */
  readonly name: string;
  /** Name of the module that it is written to. */
  readonly file: string;
  readonly code: string;
  /** False for a block that is fenced as `ts no-run`: it needs a server, a file or a secret that no test has. */
  readonly runs: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A block may have a caption above its code. */
const FENCE = /^(?:[^`\n]*\n){0,2}```ts( no-run)?\n(.*?)\n```/s;

/**
 * Returns all examples of the packages' sources.
 *
 * @throws {Error} for an example that is not fenced as `ts` or `ts no-run`.
 */
export function docExamples(): readonly DocExample[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).sort();
  return files.flatMap(path => examplesOf(path, readFileSync(`${root}/${path}`, 'utf8')));
}

function examplesOf(path: string, source: string): readonly DocExample[] {
  return [...source.matchAll(/^ *\/\*\*.*?\*\//gms)].flatMap(({ 0: comment, index }) => {
    const text = comment.replaceAll(/^ *(\/\*\*|\*\/|\* ?)/gm, '').replace(/ *\*\/$/, '');
    const line = source.slice(0, index).split('\n').length;
    return text
      .split(/^@example.*\n/m)
      .slice(1)
      .map((block, number) => {
        const fenced = FENCE.exec(block);
        if (fenced === null) throw new Error(`${path}:${line}: fence the example as \`ts\` or \`ts no-run\`.`);
        const name = `${path}:${line}${number === 0 ? '' : ` (${number + 1})`}`;
        const file = `${name.replaceAll(/[^a-z0-9]+/gi, '-').replace(/-$/, '')}.ts`;
        return { name, file, code: fenced[2] ?? '', runs: fenced[1] === undefined };
      });
  });
}
