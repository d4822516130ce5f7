import type { JsonValue } from '../json.ts';

/** Levels of objects and lists inside one another that JSON from outside may have. */
export const MAX_JSON_DEPTH = 512;

/**
 * Parses JSON that a stranger wrote. Whatever walks through the value level by level can rely on `MAX_JSON_DEPTH`. Members
 * named `__proto__` are left out at every level: a program that copies the value by assignment would set a prototype.
 *
 * @throws {SyntaxError} when the text is not JSON, or is nested deeper than `MAX_JSON_DEPTH`.
 */
export function parseJson(text: string): JsonValue {
  if (isNestedTooDeep(text)) throw new SyntaxError(TOO_DEEP);
  const value: JsonValue = JSON.parse(text);
  if (PROTOTYPE_MEMBER.test(text)) removePrototypeMembers(value);
  return value;
}

/** A member's name that is, or by an escape may be, `__proto__`. */
const PROTOTYPE_MEMBER = /__proto__|\\u00/;

function removePrototypeMembers(value: JsonValue): void {
  const parents: object[] = isObject(value) ? [value] : [];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    if (Object.hasOwn(parent, '__proto__')) Reflect.deleteProperty(parent, '__proto__');
    for (const member of Object.values(parent)) if (isObject(member)) parents.push(member);
  }
}

/** The words for JSON that is nested deeper than `MAX_JSON_DEPTH`. */
export const TOO_DEEP: string = `it is nested more than ${MAX_JSON_DEPTH} levels deep`;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/** Returns whether a text has too many open brackets outside strings. It need not be valid JSON; the work is linear. */
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
 * Returns whether a value is nested deeper than JSON from outside may be. It visits each object once, level by level:
 * neither depth nor a circle overflows the stack.
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
