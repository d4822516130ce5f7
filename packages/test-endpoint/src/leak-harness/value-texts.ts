import { inspect } from 'node:util';

/** A textual form of a value. `name` is empty for the value itself. */
interface ValueText {
  readonly name: string;
  readonly text: string;
}

/** Generates every textual form that a program, a logger or a debugger can produce of a value. */
export function* textsOf(value: unknown): Generator<ValueText> {
  if (typeof value === 'string') return yield { name: '', text: value };
  if (value instanceof Uint8Array) return yield { name: '', text: Buffer.from(value).toString('utf8') };

  yield* convert('String()', () => String(value));
  yield* convert('util.inspect', () => inspectFully(value));
  yield* convert('util.inspect without custom inspectors', () =>
    inspect(value, { ...EVERYTHING, customInspect: false }),
  );
  yield* convert('JSON.stringify', () => JSON.stringify(value) ?? '');
  yield* convert('structuredClone', () => inspectFully(structuredClone(value)));
  if (typeof value !== 'object' || value === null) return;
  yield* convert('Object.entries', () => inspectFully(Object.entries(value)));
  yield* convert('spread', () => inspectFully({ ...value }));
  for (const { path, text } of reachableTexts(value)) yield { name: path, text };
}

const EVERYTHING = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  getters: true,
  maxArrayLength: null,
  maxStringLength: null,
  breakLength: Number.POSITIVE_INFINITY,
} as const;

function inspectFully(value: unknown): string {
  return inspect(value, EVERYTHING);
}

/** Yields the form, or nothing if the value has no such form (because of a cycle or a function in it): then nothing leaks by it. */
function* convert(name: string, make: () => string): Generator<ValueText> {
  try {
    yield { name, text: make() };
  } catch {
    return;
  }
}

/** A string inside a value, with the path that leads to it. */
interface ReachableText {
  readonly path: string;
  readonly text: string;
}

/** Maximum number of objects to visit, nearest first, so that a stray reference to a large object graph does not stall a test. */
const MOST_OBJECTS = 50_000;

/**
 * Generates every string and binary value that is reachable through properties: own properties, including symbols and non-enumerable
 * ones, getters of the object and its prototypes, causes and aggregated errors, members of maps and sets. Private fields are not
 * reachable.
 */
function* reachableTexts(root: object): Generator<ReachableText> {
  const visited = new Set<unknown>([globalThis, process, root]);
  const queue: { readonly path: string; readonly value: object }[] = [{ path: '', value: root }];
  for (const { path, value } of queue) {
    for (const [key, member] of membersOf(value)) {
      const memberPath = path + key;
      const text = textOf(member);
      // The path contains the key, which may be a secret too.
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
    // Only this inspection created the promise, so nobody else handles its rejection.
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
