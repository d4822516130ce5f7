import type { Secret, SecretForm } from './secret.ts';

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
