import { findSecrets, patternsOf } from './find-secrets.ts';

const SHOWN = '[redacted]';
/** Shorter values are words and numbers: taking them out of every text would only garble it. */
const SHORTEST = 4;
/** JSON that is nested deeper is left out of errors. */
const DEEPEST_JSON = 100;
/** `Bearer abc`: the scheme is no secret, what follows is one by itself. */
const SCHEME = /^([A-Za-z][A-Za-z0-9-]* +)([^ ].*)$/s;
const TEXT_FIELDS = [
  'message',
  'stack',
  'name',
  'code',
  'error',
  'serverMessage',
  'serverCode',
  'requestId',
  'partialText',
] as const;

/**
 * Takes the secrets of a turn out of texts, in whatever form a server may have sent them back: plain and in other case,
 * percent-encoded, with the escapes of JSON and HTML, in base64 or base64url, in hex, in up to four of these on top of each
 * other, and cut (`sk-abc...`). Its work is proportional to the length of the text.
 */
export class Scrubber {
  readonly #secrets = new Map<string, ReturnType<typeof patternsOf> | undefined>();
  #shortest = Number.POSITIVE_INFINITY;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  add(secret: string): void {
    if (this.#secrets.has(secret)) return;
    this.#secrets.set(secret, undefined);
    for (const { text } of partsOf(secret)) {
      if (text.length >= SHORTEST) this.#shortest = Math.min(this.#shortest, text.replace(/\s+/g, ' ').length);
    }
  }

  text(text: string): string {
    return this.#scrub(text, false);
  }

  /** Scrubs a text that broke off: the beginning of a secret at its end is taken out too. */
  truncated(text: string): string {
    return this.#scrub(text, true);
  }

  /** A short value of an answer, such as the id of a request. */
  optional(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.text(text);
  }

  /** A parsed JSON value with every string in it scrubbed, names of members included. What is nested too deep is left out. */
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

  /** Scrubs the error itself, its stack and its causes, and returns it. */
  error<E extends Error>(error: E): E {
    const seen = new Set<unknown>();
    for (let one: unknown = error; one instanceof Error && !seen.has(one); one = one.cause) {
      seen.add(one);
      for (const field of TEXT_FIELDS) {
        const value: unknown = Reflect.get(one, field);
        if (typeof value !== 'string') continue;
        const scrubbed = field === 'partialText' ? this.truncated(value) : this.text(value);
        if (scrubbed !== value) Reflect.set(one, field, scrubbed);
      }
    }
    return error;
  }

  #scrub(text: string, isCut: boolean): string {
    // No form of a secret is shorter than the secret, unless it is cut.
    if (text.length < SHORTEST || this.#shortest === Number.POSITIVE_INFINITY) return text;
    if (text.length < this.#shortest && !isCut && !/…|\.\.\.|[%\\&]/.test(text)) return text;
    const ranges = findSecrets(text, this.#patterns(), isCut);
    if (ranges.length === 0) return text;
    const kept: string[] = [];
    let from = 0;
    for (const { start, end } of ranges) {
      kept.push(text.slice(from, start), SHOWN);
      from = end;
    }
    return kept.join('') + text.slice(from);
  }

  #patterns(): ReturnType<typeof patternsOf> {
    return [...this.#secrets].flatMap(([secret, known]) => {
      if (known !== undefined) return known;
      const patterns = partsOf(secret).flatMap(({ text, ignored }) => patternsOf(text, SHORTEST, ignored));
      this.#secrets.set(secret, patterns);
      return patterns;
    });
  }
}

interface Part {
  readonly text: string;
  /** So many characters at its beginning may be shown. */
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
  // The user's name is shown where it stands alone.
  return [...parts, { text: pair, ignored: pair.length - password.length }, { text: password, ignored: 0 }];
}
