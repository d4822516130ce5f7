import { asRecord } from './response-fields.ts';

/**
 * Finds the end of a JSON object that arrives in fragments. Each character is scanned once, and only when the end is
 * requested.
 */
export class JsonObjectEnd {
  #unscanned = '';
  #depth = 0;
  #state: 'before' | 'inside' | 'string' | 'escape' | 'after' | 'none' = 'before';
  #isParsed = false;
  #object: string | undefined;

  push(text: string): void {
    this.#unscanned += text;
  }

  /** True if the text so far is one object from brace to brace, with only white space around it. */
  get isAtEnd(): boolean {
    const text = this.#unscanned;
    this.#unscanned = '';
    for (let at = 0; at < text.length && this.#state !== 'none'; at += 1) this.#scan(text.charCodeAt(at));
    return this.#state === 'after';
  }

  /**
   * Returns that object without the white space around it, if it is valid JSON. It is parsed and trimmed only once, because
   * any amount of white space may follow it.
   */
  object(text: () => string): string | undefined {
    if (!this.#isParsed) this.#object = jsonObject(text());
    this.#isParsed = true;
    return this.#object;
  }

  #scan(code: number): void {
    switch (this.#state) {
      case 'string':
        if (code === BACKSLASH) this.#state = 'escape';
        else if (code === QUOTE) this.#state = 'inside';
        break;
      case 'escape':
        this.#state = 'string';
        break;
      case 'inside':
        if (code === QUOTE) this.#state = 'string';
        else if (code === OPEN) this.#depth += 1;
        else if (code === CLOSE && --this.#depth === 0) this.#state = 'after';
        break;
      default:
        if (code === SPACE || (code >= TAB && code <= RETURN)) break;
        // Anything after the object, or instead of it, means that the text is not an object.
        if (this.#state === 'before' && code === OPEN) {
          this.#state = 'inside';
          this.#depth = 1;
        } else this.#state = 'none';
    }
  }
}

const TAB = 9;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

function jsonObject(text: string): string | undefined {
  try {
    return asRecord(JSON.parse(text)) === undefined ? undefined : text.trim();
  } catch {
    return undefined;
  }
}

/**
 * Returns the arguments without objects that the server took back. A complete object behind which another one starts was a
 * placeholder if it is empty, and a repetition if both are equal, or if the second one is a part of it that was cut off.
 */
export function lastObject(text: string): string {
  const objects = concatenatedObjects(text);
  const last = objects.at(-1);
  if (last === undefined || objects.length === 1) return text;
  const complete = objects.filter(object => !isEmptyObject(object));
  const first = complete[0] ?? last;
  return complete.every(object => first.startsWith(object)) ? first : text;
}

/** Returns true for an empty object or `null`, which some servers send before the real arguments. */
export function isEmptyObject(text: string): boolean {
  return EMPTY.includes(withoutBlanks(text));
}

/** Returns true for an empty text, and for the start of an empty object or of `null`. */
export function isStartOfEmptyObject(text: string): boolean {
  const start = withoutBlanks(text);
  return EMPTY.some(empty => empty.startsWith(start));
}

const EMPTY = ['{}', 'null'];
/** Maximum length of arguments that count as empty, in characters. */
const MAX_EMPTY_LENGTH = 16;

/** Returns a text that is so short that it may be an empty object without its white space, or else a text that is not. */
function withoutBlanks(text: string): string {
  return text.length > MAX_EMPTY_LENGTH ? '{long}' : text.replace(/\s/g, '');
}

/** Splits objects that stand side by side with only white space between them. The last one may be incomplete. */
function concatenatedObjects(text: string): string[] {
  const objects: string[] = [];
  let from = 0;
  let end = new JsonObjectEnd();
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) === OPEN && end.isAtEnd) {
      objects.push(text.slice(from, at).trim());
      from = at;
      end = new JsonObjectEnd();
    }
    end.push(text.charAt(at));
  }
  objects.push(text.slice(from).trim());
  return objects;
}
