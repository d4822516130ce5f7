/** An occurrence of a secret in a text. */
interface Match {
  readonly secret: Secret;
  readonly form: SecretForm;
  /** The searched text, possibly decoded. */
  readonly text: string;
  /** Position of the secret in `text`. */
  readonly start: number;
  readonly end: number;
}

/** A decoded form of a text, with the strings to search for in it. */
interface Decoding {
  readonly text: string;
  /** The text before its case was folded. */
  readonly shown: string;
  needles(secret: Secret): readonly (readonly [form: SecretForm, needle: string])[];
}

/** Searches the text for the secrets in every form. Returns at most one match per secret and form. */
export function search(text: string, secrets: readonly Secret[]): Match[] {
  const matches: Match[] = [];
  const seen = new Set<string>();
  for (const decoding of decodingsOf(text)) {
    for (const secret of secrets) {
      for (const [form, needle] of decoding.needles(secret)) {
        const key = `${form} ${secret.label}`;
        const start = seen.has(key) ? -1 : decoding.text.indexOf(needle);
        if (start === -1) continue;
        seen.add(key);
        matches.push({ secret, form, text: decoding.shown, start, end: start + needle.length });
      }
    }
  }
  // A secret without escaped characters is the same when decoded. It is reported once, in the raw form.
  return matches.filter(({ secret, form }) => !DECODED.has(form) || !seen.has(`raw ${secret.label}`));
}

const DECODED: ReadonlySet<SecretForm> = new Set(['percent', 'escaped']);

function decodingsOf(text: string): Decoding[] {
  const decodings: Decoding[] = [literal(text, 'raw'), ...encodedForms(text)];
  if (text.includes('%')) {
    const decoded = percentDecode(text);
    decodings.push(literal(decoded, 'percent'), ...encodedForms(decoded));
  }
  // HTML forms encode spaces as `+` (WHATWG URL, section 5.1).
  if (text.includes('+')) decodings.push(literal(percentDecode(text.replaceAll('+', ' ')), 'percent'));
  if (text.includes('\\')) {
    const unescaped = unescapeBackslashes(text);
    decodings.push(literal(unescaped, 'escaped'), ...encodedForms(unescaped));
  }
  return decodings;
}

function literal(text: string, form: SecretForm): Decoding {
  return { ...foldCase(text), needles: ({ plain }) => [[form, plain]] };
}

/** Returns the text without white space and colons, so that encodings are also found in wrapped lines and in `<Buffer 73 6b>`. */
function encodedForms(text: string): Decoding[] {
  const packed = text.replace(/[\s:]+/gu, '');
  return [
    {
      text: packed,
      shown: packed,
      needles: ({ base64, base64url }) => [
        ...base64.map(needle => ['base64', needle] as const),
        // Without `+` and `/` both alphabets produce the same string.
        ...base64url.filter(needle => !base64.includes(needle)).map(needle => ['base64url', needle] as const),
      ],
    },
    {
      ...foldCase(packed),
      needles: ({ hex, bytes }) => [
        ['hex', hex],
        ['bytes', bytes],
      ],
    },
  ];
}

/** Folds the case. The original is kept for excerpts, unless folding changes its length, as it does for a few characters. */
function foldCase(text: string): { readonly text: string; readonly shown: string } {
  const folded = text.toLowerCase();
  return { text: folded, shown: folded.length === text.length ? text : folded };
}

/** Decodes each run of %XX (RFC 3986 section 2.1). Runs that are not UTF-8 stay unchanged. */
function percentDecode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/giu, run => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** Decodes the escapes of JSON (RFC 8259 section 7) and JavaScript strings. */
function unescapeBackslashes(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/giu, (_, four: string, two: string, single: string) => {
    const code = four ?? two;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return SINGLE_ESCAPES[single] ?? single;
  });
}

const SINGLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** Form of a secret in a text. `bytes` is a list of decimal byte values, as JSON and `util.inspect` show binary data. */
export type SecretForm = 'raw' | 'base64' | 'base64url' | 'percent' | 'hex' | 'escaped' | 'bytes';

/** A value that must not appear anywhere, with the strings to search for. */
export interface Secret {
  readonly label: string;
  /** The value in lower case; the comparison ignores case. */
  readonly plain: string;
  readonly base64: readonly string[];
  readonly base64url: readonly string[];
  readonly hex: string;
  readonly bytes: string;
}

/** Minimum length of a secret. Shorter strings would be found by chance. */
const SHORTEST = 8;

/** Prepares a secret for the search. */
export function secretOf(label: string, value: string): Secret {
  if (value.length < SHORTEST) {
    throw new RangeError(`The secret "${label}" is too short to search for. Use at least ${SHORTEST} characters.`);
  }
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map(offset => base64At(bytes, offset));
  return {
    label,
    plain: value.toLowerCase(),
    base64,
    base64url: base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex: bytes.toString('hex'),
    bytes: bytes.join(','),
  };
}

/**
 * Returns the part of a base64 string (RFC 4648 section 4) that depends only on the given bytes if `offset` bytes, modulo 3, precede
 * them. It is the same whether the key is encoded alone, after `user:` or inside the claims of a JWT.
 */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** Number of characters shown on either side of a secret. */
const CONTEXT = 40;

/** Returns the text around a match, with every form of every secret replaced by its label. */
export function maskedExcerpt(match: Match, secrets: readonly Secret[]): string {
  const { text, start, end, secret } = match;
  const before = maskAll(text.slice(0, start), secrets);
  const after = maskAll(text.slice(end), secrets);
  const excerpt = `${before.slice(-CONTEXT)}[${secret.label}]${after.slice(0, CONTEXT)}`;
  return excerpt.replace(/\s+/gu, ' ');
}

/** Replaces the secrets in a text by their labels. A text that contains a secret only after decoding is withheld as a whole. */
export function maskAll(text: string, secrets: readonly Secret[]): string {
  let masked = text;
  for (const secret of secrets) {
    for (const { text: searched, start, end } of search(masked, [secret])) {
      masked = replaceAllIgnoringCase(masked, searched.slice(start, end), `[${secret.label}]`);
    }
  }
  // Two alignments of one encoding take two passes. A match that remains after that has no literal form.
  const remaining = search(masked, secrets);
  if (remaining.length === 0) return masked;
  return masked === text
    ? `[withheld: ${remaining.map(({ secret }) => secret.label).join(', ')}]`
    : maskAll(masked, secrets);
}

function replaceAllIgnoringCase(text: string, needle: string, replacement: string): string {
  const pattern = needle.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
  // linear: a literal text, in which every special character is escaped.
  return text.replace(new RegExp(pattern, 'giu'), () => replacement);
}
