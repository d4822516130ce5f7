/** A secret found in a text. */
export interface Match {
  readonly secret: Secret;
  readonly form: SecretForm;
  /** The text as it was searched (decoded, say) and where in it the secret is. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One way to read a text, and what to look for in it. */
interface Reading {
  readonly text: string;
  /** The same text before its case was folded. */
  readonly shown: string;
  needles(secret: Secret): readonly (readonly [form: SecretForm, needle: string])[];
}

/** Every form in which any of the secrets is in the text. At most one match for each secret and form. */
export function search(text: string, secrets: readonly Secret[]): Match[] {
  const matches: Match[] = [];
  const seen = new Set<string>();
  for (const reading of readingsOf(text)) {
    for (const secret of secrets) {
      for (const [form, needle] of reading.needles(secret)) {
        const key = `${form} ${secret.label}`;
        const start = seen.has(key) ? -1 : reading.text.indexOf(needle);
        if (start === -1) continue;
        seen.add(key);
        matches.push({ secret, form, text: reading.shown, start, end: start + needle.length });
      }
    }
  }
  // A secret without characters to escape reads the same decoded: that is the raw form, told once.
  return matches.filter(({ secret, form }) => !DECODED.has(form) || !seen.has(`raw ${secret.label}`));
}

const DECODED: ReadonlySet<SecretForm> = new Set(['percent', 'escaped']);

function readingsOf(text: string): Reading[] {
  const readings: Reading[] = [reading(text, 'raw'), ...encodedReadings(text)];
  if (text.includes('%')) {
    const decoded = percentDecoded(text);
    readings.push(reading(decoded, 'percent'), ...encodedReadings(decoded));
  }
  // As a form writes it (WHATWG URL, section 5.1).
  if (text.includes('+')) readings.push(reading(percentDecoded(text.replaceAll('+', ' ')), 'percent'));
  if (text.includes('\\')) {
    const unescaped = backslashDecoded(text);
    readings.push(reading(unescaped, 'escaped'), ...encodedReadings(unescaped));
  }
  return readings;
}

function reading(text: string, form: SecretForm): Reading {
  return { ...foldedCase(text), needles: ({ plain }) => [[form, plain]] };
}

/** Encodings are searched for in the text without white space and colons, so that wrapped lines and `<Buffer 73 6b>` are read too. */
function encodedReadings(text: string): Reading[] {
  const packed = text.replace(/[\s:]+/gu, '');
  return [
    {
      text: packed,
      shown: packed,
      needles: ({ base64, base64url }) => [
        ...base64.map(needle => ['base64', needle] as const),
        // Without `+` and `/` in it both alphabets write the same.
        ...base64url.filter(needle => !base64.includes(needle)).map(needle => ['base64url', needle] as const),
      ],
    },
    {
      ...foldedCase(packed),
      needles: ({ hex, bytes }) => [
        ['hex', hex],
        ['bytes', bytes],
      ],
    },
  ];
}

/** Few characters change their length in lower case; a text with such ones is shown as it was searched. */
function foldedCase(text: string): { readonly text: string; readonly shown: string } {
  const folded = text.toLowerCase();
  return { text: folded, shown: folded.length === text.length ? text : folded };
}

/** Decodes each run of %XX (RFC 3986 section 2.1), leaving what is no UTF-8 as it is. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/giu, run => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** Decodes the escapes of JSON (RFC 8259 section 7) and JavaScript strings. */
function backslashDecoded(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/giu, (_, four: string, two: string, single: string) => {
    const code = four ?? two;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return SINGLE_ESCAPES[single] ?? single;
  });
}

const SINGLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** How a secret appears in a text. `bytes` is a list of decimal byte values, as JSON and inspect show binary data. */
export type SecretForm = 'raw' | 'base64' | 'base64url' | 'percent' | 'hex' | 'escaped' | 'bytes';

/** A value that must not appear anywhere, and what to look for. */
export interface Secret {
  readonly label: string;
  /** Compared without regard to case. */
  readonly plain: string;
  readonly base64: readonly string[];
  readonly base64url: readonly string[];
  readonly hex: string;
  readonly bytes: string;
}

/** The shortest secret that can be searched for without finding it by chance. */
const SHORTEST = 8;

export function secretOf(label: string, value: string): Secret {
  if (value.length < SHORTEST) {
    throw new RangeError(`The secret "${label}" is too short to search for: it needs at least ${SHORTEST} characters.`);
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
 * The part of a base64 text (RFC 4648 section 4) that these bytes alone decide when so many bytes, modulo 3, stand before them: what
 * stays the same whether the key is encoded alone, behind `user:` or inside a JWT's claims.
 */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

/** Characters shown on either side of a secret. */
const CONTEXT = 40;

/** The surroundings of a match, in which every secret in whatever form is replaced by its label. */
export function maskedExcerpt(match: Match, secrets: readonly Secret[]): string {
  const { text, start, end, secret } = match;
  const before = maskAll(text.slice(0, start), secrets);
  const after = maskAll(text.slice(end), secrets);
  const excerpt = `${before.slice(-CONTEXT)}[${secret.label}]${after.slice(0, CONTEXT)}`;
  return excerpt.replace(/\s+/gu, ' ');
}

/** A text without the secrets in it. A text that shows one only after decoding is withheld as a whole. */
export function maskAll(text: string, secrets: readonly Secret[]): string {
  let masked = text;
  for (const secret of secrets) {
    for (const { text: read, start, end } of search(masked, [secret])) {
      masked = replaceAllIgnoringCase(masked, read.slice(start, end), `[${secret.label}]`);
    }
  }
  // Two alignments of one encoding take two passes; what is left after that was found in no literal form.
  const left = search(masked, secrets);
  if (left.length === 0) return masked;
  return masked === text
    ? `[withheld: ${left.map(({ secret }) => secret.label).join(', ')}]`
    : maskAll(masked, secrets);
}

function replaceAllIgnoringCase(text: string, needle: string, replacement: string): string {
  const pattern = needle.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
  // linear: a literal text, in which every special character is escaped.
  return text.replace(new RegExp(pattern, 'giu'), () => replacement);
}
