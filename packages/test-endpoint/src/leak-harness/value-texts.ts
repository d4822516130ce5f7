import { inspect } from 'node:util';

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

/** A text inside a value, and the way to it. */
export interface Reached {
  readonly path: string;
  readonly text: string;
}

/** Objects visited at most, nearest first: a stray reference to a whole program must not stall a test. */
const MOST_OBJECTS = 50_000;

/**
 * Every string and every binary value that a property, however hidden, leads to: own ones with symbols and non-enumerable ones, getters of
 * the object and its prototypes, causes and aggregated errors, members of maps and sets. Private fields are out of reach, as
 * they are for everybody.
 */
export function* reachable(root: object): Generator<Reached> {
  const visited = new Set<unknown>([globalThis, process, root]);
  const queue: { readonly path: string; readonly value: object }[] = [{ path: '', value: root }];
  for (const { path, value } of queue) {
    for (const [key, member] of membersOf(value)) {
      const memberPath = path + key;
      const text = textOf(member);
      // The path holds the key, which may be a secret too.
      yield { path: memberPath, text: text ?? memberPath };
      if (text !== undefined || !isObject(member) || visited.has(member) || visited.size >= MOST_OBJECTS) continue;
      visited.add(member);
      queue.push({ path: memberPath, value: member });
    }
  }
}

function* membersOf(value: object): Generator<[string, unknown]> {
  const seen = new Set<PropertyKey>();
  for (let holder: unknown = value; isObject(holder) && !BUILT_IN.has(holder); holder = Object.getPrototypeOf(holder)) {
    for (const key of Reflect.ownKeys(holder)) {
      if (seen.has(key) || key === 'constructor') continue;
      seen.add(key);
      const getter = Reflect.getOwnPropertyDescriptor(holder, key)?.get !== undefined;
      if (holder === value || getter) yield [keyPath(key), read(value, key, getter)];
    }
  }
  if (value instanceof Map) {
    for (const [key, member] of value) {
      yield [`.get(${nameOf(key)})`, member];
      yield ['.keys()', key];
    }
  }
  if (value instanceof Set) {
    for (const member of value) yield ['.values()', member];
  }
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Function.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
]);

function read(value: object, key: PropertyKey, getter: boolean): unknown {
  try {
    const member: unknown = Reflect.get(value, key);
    // A promise made for this look at it is nobody else's to handle.
    if (getter && member instanceof Promise) member.catch(() => undefined);
    return member;
  } catch (error) {
    return error;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'symbol') return value.description ?? '';
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('utf8');
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  return undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function keyPath(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(String(key)) ? `.${String(key)}` : `[${nameOf(key)}]`;
}

function nameOf(key: unknown): string {
  return typeof key === 'object' ? '…' : JSON.stringify(String(key));
}
