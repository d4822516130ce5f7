import { thrownText } from '../errors/to-crew-error.ts';
import { MAX_JSON_DEPTH } from '../json.ts';

/**
 * Returns the result of a tool as text for the model: a string unchanged, `undefined` as an empty string, anything else as
 * JSON, in which a map is an object or a list of entries, and a set a list.
 *
 * @throws the result itself if it is an error, and a `TypeError` if it has no content that JSON can represent.
 */
export function toolResultText(result: unknown): string {
  if (isError(result)) throw result;
  const unwritable = describeUnwritable(result);
  if (unwritable !== undefined) {
    throw new TypeError(
      `The tool returned ${unwritable}, which cannot be written as text. It must return its content instead: a string, ` +
        'or a value that JSON can represent.',
    );
  }
  return valueText(result);
}

/**
 * Returns a value as text: a string unchanged, `undefined` as an empty string, anything else as JSON. BigInts become their
 * digits, errors their messages, maps objects or lists of entries, and sets lists. Circular references become
 * "[circular]", values nested deeper than `MAX_JSON_DEPTH` "[too deep]", and values that JSON would empty a description.
 * Never throws.
 */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (typeof value === 'function' || typeof value === 'symbol') return String(value);
  /** The objects around the current member, and the plain forms that they are written as. */
  const ancestors: { readonly object: object; readonly written: object }[] = [];
  const open = new Set<object>();
  try {
    return (
      JSON.stringify(value, function (this: unknown, key, member: unknown) {
        // A buffer's own toJSON, called before this function, lists its bytes.
        const original: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, key) : member;
        const object: unknown = isBytes(original) ? original : member;
        if (typeof object === 'bigint') return String(object);
        if (typeof object === 'number' && !Number.isFinite(object)) return String(object);
        if (typeof object !== 'object' || object === null) return object;
        // `this` is the object that contains the value: all deeper objects are complete.
        for (let last = ancestors.at(-1); last !== undefined && last.written !== this; last = ancestors.at(-1)) {
          ancestors.pop();
          open.delete(last.object);
        }
        if (open.has(object)) return '[circular]';
        if (ancestors.length >= MAX_JSON_DEPTH) return '[too deep]';
        const written = writableForm(object);
        if (typeof written !== 'object' || written === null) return written;
        ancestors.push({ object, written });
        open.add(object);
        return written;
      }) ?? ''
    );
  } catch (thrown) {
    // A getter or toJSON method of the value threw.
    return `[the result cannot be written as JSON: ${thrownText(thrown)}]`;
  }
}

/**
 * Describes a value whose content JSON cannot represent, such as bytes, a stream or an iterator: JSON would write `{}`.
 * Returns undefined for any other value.
 */
export function describeUnwritable(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isBytes(value)) return `bytes (${tagOf(value)})`;
  if (hasOwnForm(value) || Array.isArray(value)) return undefined;
  if (typeof Reflect.get(value, Symbol.asyncIterator) === 'function')
    return `an asynchronous iterator (${nameOf(value)})`;
  if (typeof Reflect.get(value, 'then') === 'function') return `a promise (${nameOf(value)})`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0)
    return undefined;
  // An instance of a class of the platform, or of a class with private fields only, such as Response.
  return `${typeof Reflect.get(value, Symbol.iterator) === 'function' ? 'an iterator' : 'an object without data'} (${nameOf(value)})`;
}

/** Returns the value in a form that JSON does not empty. */
function writableForm(value: object): unknown {
  if (isError(value)) return String(value);
  if (value instanceof RegExp) return String(value);
  if (isEntries(value)) return entriesForm([...value]);
  if (value instanceof Set) return [...value];
  const unwritable = describeUnwritable(value);
  return unwritable === undefined ? value : `[${unwritable} cannot be written as JSON]`;
}

/** Returns an object, or a list of entries if the keys are not distinct strings. */
function entriesForm(entries: readonly (readonly [unknown, unknown])[]): object {
  const keys = new Set(entries.map(([key]) => key));
  const isObject = keys.size === entries.length && entries.every(([key]) => typeof key === 'string');
  return isObject ? Object.fromEntries(entries) : entries;
}

/** Returns true if `writableForm` or a `toJSON` method gives the content of the value. */
function hasOwnForm(value: object): boolean {
  if (typeof Reflect.get(value, 'toJSON') === 'function') return true;
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return true;
  return isError(value) || value instanceof RegExp || value instanceof Set || isEntries(value);
}

const ENTRY_LISTS: ReadonlySet<string> = new Set(['Map', 'Headers', 'URLSearchParams', 'FormData']);

function isEntries(value: object): value is Iterable<readonly [unknown, unknown]> {
  return ENTRY_LISTS.has(tagOf(value)) && typeof Reflect.get(value, Symbol.iterator) === 'function';
}

function isBytes(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return ArrayBuffer.isView(value) || ['ArrayBuffer', 'SharedArrayBuffer', 'Blob', 'File'].includes(tagOf(value));
}

/** Returns true for errors of any realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || (typeof value === 'object' && value !== null && tagOf(value) === 'Error');
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function nameOf(value: object): string {
  const maker: unknown = Reflect.get(value, 'constructor');
  const name = typeof maker === 'function' ? maker.name : '';
  return name === '' || name === 'Object' ? tagOf(value) : name;
}
