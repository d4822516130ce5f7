import { inspect } from 'node:util';
import { reachable } from './reachable.ts';

/** One way in which a value becomes text. `name` is empty for the value itself. */
export interface Facet {
  readonly name: string;
  readonly text: string;
}

/** Every way in which a program, a logger or a debugger turns a value into text. */
export function* facetsOf(value: unknown): Generator<Facet> {
  if (typeof value === 'string') return yield { name: '', text: value };
  if (value instanceof Uint8Array) return yield { name: '', text: Buffer.from(value).toString('utf8') };

  yield* facet('String()', () => String(value));
  yield* facet('util.inspect', () => inspected(value));
  yield* facet('util.inspect without custom inspectors', () => inspect(value, { ...EVERYTHING, customInspect: false }));
  yield* facet('JSON.stringify', () => JSON.stringify(value) ?? '');
  yield* facet('structuredClone', () => inspected(structuredClone(value)));
  if (typeof value !== 'object' || value === null) return;
  yield* facet('Object.entries', () => inspected(Object.entries(value)));
  yield* facet('spread', () => inspected({ ...value }));
  for (const { path, text } of reachable(value)) yield { name: path, text };
}

const EVERYTHING = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  getters: true,
  maxArrayLength: null,
  maxStringLength: null,
  breakLength: Number.POSITIVE_INFINITY,
} as const;

function inspected(value: unknown): string {
  return inspect(value, EVERYTHING);
}

/** Nothing when the value cannot be turned into text in this way (a cycle, a function in it): then nothing leaks by it. */
function* facet(name: string, make: () => string): Generator<Facet> {
  try {
    yield { name, text: make() };
  } catch {
    return;
  }
}
