const SHOWN = '[redacted]';
/** Shorter values are words and numbers: taking them out of every text would only garble it. */
const SHORTEST = 4;
/** `Bearer abc`: the scheme is no secret, what follows is one by itself. */
const SCHEME = /^[A-Za-z][A-Za-z0-9-]* +(.+)$/;
const TEXT_FIELDS = ['message', 'stack', 'serverMessage', 'serverCode', 'requestId', 'partialText'] as const;

/**
 * Takes the secrets of a turn out of texts, in whatever form a server may have sent them back: plain, in JSON,
 * percent-encoded, in base64 or base64url, in hex.
 */
export class Scrubber {
  readonly #secrets: Set<string>;
  #forms: { readonly of: number; readonly list: readonly string[] } | undefined;

  constructor(secrets: Iterable<string> = []) {
    this.#secrets = new Set(secrets);
  }

  add(secret: string): void {
    this.#secrets.add(secret);
  }

  text(text: string): string {
    // No form of a secret is shorter than the secret.
    if (text.length < this.#shortest && !text.includes('…')) return text;
    let scrubbed = text;
    for (const form of this.#allForms()) scrubbed = withoutCutForm(scrubbed.replaceAll(form, SHOWN), form);
    return scrubbed;
  }

  /** A short value of an answer, which is no message that could quote the request in another form. */
  value(value: string | undefined): string | undefined {
    let scrubbed = value;
    for (const secret of [...this.#secrets].flatMap(partsOf)) {
      if (secret.length >= SHORTEST) scrubbed = scrubbed?.replaceAll(secret, SHOWN);
    }
    return scrubbed;
  }

  /** A parsed JSON value with every string in it scrubbed. */
  json(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map(item => this.json(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json(item)]));
  }

  /** Scrubs the error itself, its stack and its causes, and returns it. */
  error<E extends Error>(error: E): E {
    const seen = new Set<unknown>();
    for (let one: unknown = error; one instanceof Error && !seen.has(one); one = one.cause) {
      seen.add(one);
      for (const field of TEXT_FIELDS) {
        const value: unknown = Reflect.get(one, field);
        if (typeof value !== 'string') continue;
        const scrubbed = this.text(value);
        if (scrubbed !== value) Reflect.set(one, field, scrubbed);
      }
    }
    return error;
  }

  get #shortest(): number {
    return Math.min(...[...this.#secrets].flatMap(partsOf).map(part => part.length));
  }

  /** The longest first: a short form may be a part of a longer one. */
  #allForms(): readonly string[] {
    if (this.#forms?.of !== this.#secrets.size) {
      const forms = new Set([...this.#secrets].flatMap(partsOf).flatMap(formsOf));
      const list = [...forms].filter(form => form.length >= SHORTEST).sort((a, b) => b.length - a.length);
      this.#forms = { of: this.#secrets.size, list };
    }
    return this.#forms.list;
  }
}

function partsOf(secret: string): readonly string[] {
  const credentials = SCHEME.exec(secret)?.[1];
  if (credentials === undefined) return [secret];
  if (!/^basic /i.test(secret)) return [secret, credentials];
  const pair = Buffer.from(credentials, 'base64').toString();
  return [secret, credentials, pair, pair.slice(pair.indexOf(':') + 1)];
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return [];
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  const percent = encodeURIComponent(secret);
  // Some encoders leave a slash as it is, and some escape it in JSON (RFC 8259, section 7).
  const percents = [percent, percent.replaceAll('%2F', '/')];
  return [
    secret,
    // As it is in an excerpt.
    secret.replace(/\s+/g, ' '),
    json,
    json.replaceAll('/', '\\/'),
    ...percents,
    ...percents.map(one => one.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase())),
    new URLSearchParams([['', secret]]).toString().slice(1),
    bytes.toString('base64'),
    ...base64Cores(bytes),
    hex,
    hex.toUpperCase(),
  ];
}

/** What base64 makes of the bytes wherever they stand in a longer text, without the digits that the neighbours share. */
function base64Cores(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap(before => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const shared = ((before + bytes.length) * 8) % 6 === 0 ? 0 : 1;
    const core = digits.slice(Math.ceil((before * 8) / 6), digits.length - shared);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Excerpts are cut with an ellipsis, sometimes in the middle of a secret. */
function withoutCutForm(text: string, form: string): string {
  if (!text.includes('…')) return text;
  for (let length = form.length - 1; length >= SHORTEST; length -= 1) {
    const cut = `${form.slice(0, length)}…`;
    if (text.includes(cut)) return text.replaceAll(cut, `${SHOWN}…`);
  }
  return text;
}
