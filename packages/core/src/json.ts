/** Any value that JSON can represent. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object (RFC 8259, section 4). */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Maximum nesting depth of objects and lists in JSON from outside. */
export const MAX_JSON_DEPTH = 512;

/**
 * Parses untrusted JSON. Code that walks through the value recursively can rely on `MAX_JSON_DEPTH`. Members named
 * `__proto__` are removed at every level, because code that copies the value by assignment would set a prototype.
 *
 * @throws {SyntaxError} if the text is not JSON, or is nested deeper than `MAX_JSON_DEPTH`.
 */
export function parseJson(text: string): JsonValue {
  if (isNestedTooDeep(text)) throw new SyntaxError(TOO_DEEP);
  const value: JsonValue = JSON.parse(text);
  if (PROTOTYPE_MEMBER.test(text)) removePrototypeMembers(value);
  return value;
}

/** Matches a text that may contain a member named `__proto__`, possibly with escape sequences. */
const PROTOTYPE_MEMBER = /__proto__|\\u00/;

function removePrototypeMembers(value: JsonValue): void {
  const parents: object[] = isObject(value) ? [value] : [];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    if (Object.hasOwn(parent, '__proto__')) Reflect.deleteProperty(parent, '__proto__');
    for (const member of Object.values(parent)) if (isObject(member)) parents.push(member);
  }
}

/** Description of JSON that is nested deeper than `MAX_JSON_DEPTH`, for error messages. */
export const TOO_DEEP: string = `it is nested more than ${MAX_JSON_DEPTH} levels deep`;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/**
 * Returns true if the text has more than `MAX_JSON_DEPTH` open brackets outside strings. The text need not be valid JSON.
 * Runs in linear time.
 */
export function isNestedTooDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === BRACKET || code === BRACE) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (code === CLOSING_BRACKET || code === CLOSING_BRACE) depth -= 1;
  }
  return false;
}

/**
 * Returns true if the value is nested deeper than `MAX_JSON_DEPTH`. Each object is visited once, level by level, so that
 * neither deep nesting nor a cycle overflows the stack.
 */
export function exceedsJsonDepth(value: unknown): boolean {
  const seen = new Set<unknown>();
  let level = [value].filter(isObject);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_JSON_DEPTH) return true;
    const next: object[] = [];
    for (const parent of level) {
      for (const member of Object.values(parent)) {
        if (!isObject(member) || seen.has(member)) continue;
        seen.add(member);
        next.push(member);
      }
    }
    level = next;
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Returns the index after the closing bracket of the JSON object or list that begins at `start`, or -1 if it is not
 * closed. Brackets inside strings are ignored. The text need not be valid JSON otherwise.
 */
export function findJsonEnd(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (quoted) {
      if (character === '\\') index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

/**
 * Returns true if the value can never change: it is a primitive, or it is deeply frozen and has only data properties. Such
 * a value may be cached by identity.
 */
export function isDeepFrozen(value: unknown): boolean {
  const seen = new Set<unknown>([value]);
  // The set grows while it is iterated, so that neither deep nesting nor a cycle overflows the stack.
  for (const part of seen) {
    if (typeof part === 'function') return false;
    if (typeof part !== 'object' || part === null) continue;
    if (!Object.isFrozen(part)) return false;
    const prototype: unknown = Object.getPrototypeOf(part);
    // The results of inherited accessors and internal slots (Map, Date) can change although the object is frozen.
    if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false;
    for (const property of Object.values(Object.getOwnPropertyDescriptors(part))) {
      if (!('value' in property)) return false;
      seen.add(property.value);
    }
  }
  return true;
}

/** Deeply freezes a JSON value and returns it. Pass only values that Crew created, never a caller's. */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const part = pending.pop();
    if (typeof part !== 'object' || part === null || Object.isFrozen(part)) continue;
    Object.freeze(part);
    for (const member of Object.values(part)) pending.push(member);
  }
  return value;
}
