import { findSecrets, patternsOf } from './find-secrets.ts';

const REPLACEMENT = '[redacted]';
/** Minimum length of a secret, in characters. Removing shorter values, which are words and numbers, would garble the text. */
const SHORTEST = 4;
/** Maximum nesting depth of JSON in errors. */
const DEEPEST_JSON = 100;
/** `Bearer abc`: the scheme is not a secret, and the credentials are a secret on their own. */
const SCHEME = /^([A-Za-z][A-Za-z0-9-]* +)([^ ].*)$/s;
/** Fields that an error may inherit. */
const INHERITED_FIELDS = ['message', 'stack', 'name', 'code'];

/**
 * Removes secrets from strings, errors and JSON, in every form in which a server may repeat them: plain and in different
 * case, percent-encoded, with escapes of JSON or HTML, in base64, base64url or hex, in up to four of these encodings on top
 * of each other, and truncated (`sk-abc...`). The work is proportional to the length of the text.
 *
 * @example
 * ```ts
 * import { Scrubber } from '@crew/llm-http/adapter';
 *
 * const scrubber = new Scrubber(['sk-4f9a7c21']);
 * console.log(scrubber.text('The key sk-4f9a7c21 is not valid.')); // The key [redacted] is not valid.
 * console.log(scrubber.json({ debug: 'c2stNGY5YTdjMjE=' })); // { debug: '[redacted]=' }, the key in base64
 * ```
 */
export class Scrubber {
  readonly #secrets = new Map<string, ReturnType<typeof patternsOf> | undefined>();
  #shortest = Number.POSITIVE_INFINITY;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Adds a secret. Secrets of fewer than 4 characters are ignored. */
  add(secret: string): void {
    if (this.#secrets.has(secret)) return;
    this.#secrets.set(secret, undefined);
    for (const { text } of partsOf(secret)) {
      if (text.length >= SHORTEST) this.#shortest = Math.min(this.#shortest, text.replace(/\s+/g, ' ').length);
    }
  }

  /** Returns the text without secrets. */
  text(text: string): string {
    return this.#scrub(text, false);
  }

  /** Returns a truncated text without secrets. The beginning of a secret at its end is removed too. */
  truncated(text: string): string {
    return this.#scrub(text, true);
  }

  /** Returns an optional text, such as a request id, without secrets. */
  optional(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.text(text);
  }

  /** Returns a parsed JSON value without secrets in strings and member names. Values nested deeper than 100 are left out. */
  json(value: unknown): unknown {
    return this.#json(value, 0);
  }

  #json(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === DEEPEST_JSON) return '…';
    if (Array.isArray(value)) return value.map(item => this.#json(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.text(name), this.#json(item, depth + 1)]),
    );
  }

  /** Removes secrets from all strings of an error and of its causes, in place. Returns the same error. */
  error<E extends Error>(error: E): E {
    const seen = new Set<unknown>();
    for (let one: unknown = error; one instanceof Error && !seen.has(one); one = one.cause) {
      seen.add(one);
      for (const field of new Set([...INHERITED_FIELDS, ...Object.getOwnPropertyNames(one)])) {
        const value: unknown = Reflect.get(one, field);
        if (typeof value !== 'string') continue;
        const scrubbed = field === 'partialText' ? this.truncated(value) : this.text(value);
        if (scrubbed !== value) Reflect.set(one, field, scrubbed);
      }
    }
    return error;
  }

  #scrub(text: string, isCut: boolean): string {
    // No form of a secret is shorter than the secret, unless it is truncated.
    if (text.length < SHORTEST || this.#shortest === Number.POSITIVE_INFINITY) return text;
    if (text.length < this.#shortest && !isCut && !/…|\.\.\.|[%\\&]/.test(text)) return text;
    const ranges = findSecrets(text, this.#patterns(), isCut);
    if (ranges.length === 0) return text;
    const parts: string[] = [];
    let from = 0;
    for (const { start, end } of ranges) {
      parts.push(text.slice(from, start), REPLACEMENT);
      from = end;
    }
    return parts.join('') + text.slice(from);
  }

  #patterns(): ReturnType<typeof patternsOf> {
    return [...this.#secrets].flatMap(([secret, cached]) => {
      if (cached !== undefined) return cached;
      const patterns = partsOf(secret).flatMap(({ text, ignored }) => patternsOf(text, SHORTEST, ignored));
      this.#secrets.set(secret, patterns);
      return patterns;
    });
  }
}

/** A part of a secret that is a secret on its own. */
interface Part {
  readonly text: string;
  /** Number of characters at the beginning that may be shown. */
  readonly ignored: number;
}

function partsOf(secret: string): readonly Part[] {
  const [, scheme, credentials] = SCHEME.exec(secret) ?? [];
  if (scheme === undefined || credentials === undefined) return [{ text: secret, ignored: 0 }];
  const parts = [
    { text: secret, ignored: scheme.length },
    { text: credentials, ignored: 0 },
  ];
  if (!/^basic /i.test(secret)) return parts;
  const pair = Buffer.from(credentials, 'base64').toString();
  const password = pair.slice(pair.indexOf(':') + 1);
  // The user name alone is not a secret.
  return [...parts, { text: pair, ignored: pair.length - password.length }, { text: password, ignored: 0 }];
}
