import type { Layer } from './layer.ts';

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const NUMBER_SIGN = 0x23;

/** Limits of the search in a decoded layer. */
export interface SearchLimits {
  /** Minimum number of bytes that can contain a secret. */
  readonly shortest: number;
  /** Minimum number of bytes before an ellipsis that can contain the beginning of a secret. */
  readonly shortestCut: number;
  /** True if the text is truncated at its end. */
  readonly isCut: boolean;
}

/** A function that decodes one layer into another. Returns false if the decoded layer cannot contain a secret. */
export type Decoding = (layer: Layer, out: Layer, limits: SearchLimits) => boolean;

/**
 * Decodes each escape once: `%XX` (RFC 3986, section 2.1), the backslash escapes of JSON and JavaScript, and the character
 * references of HTML.
 */
export const decodeEscapes: Decoding = (layer, out, { isCut }) => {
  const { bytes, starts, ends, length } = layer;
  out.length = 0;
  for (let at = 0; at < length; ) {
    const byte = bytes[at] ?? 0;
    const found = escapeAt(layer, at, byte, isCut);
    const size = found?.size ?? 1;
    const start = starts[at] ?? 0;
    const end = ends[at + size - 1] ?? start;
    if (found === undefined) out.push(byte, start, end);
    else if (found.byte !== undefined) out.push(found.byte, start, end);
    else if (found.character !== undefined) out.pushCharacter(found.character, start, end);
    // A truncated escape belongs to the byte before it.
    else out.extend(end);
    at += size;
  }
  return out.length < length;
};

interface Escape {
  /** Length of the escape, in bytes. */
  readonly size: number;
  readonly byte?: number;
  readonly character?: number;
}

function escapeAt(layer: Layer, at: number, byte: number, isCut: boolean): Escape | undefined {
  if (byte !== BACKSLASH && byte !== PERCENT && byte !== AMPERSAND) return undefined;
  const read = byte === PERCENT ? percentAt : byte === BACKSLASH ? backslashAt : referenceAt;
  return read(layer, at, isCut) ?? cutEscapeAt(layer, at);
}

function percentAt(layer: Layer, at: number): Escape | undefined {
  const value = hexAt(layer, at + 1, 2);
  if (value !== undefined) return { size: 3, byte: value };
  // The format of JavaScript's `escape()`.
  const unit = layer.bytes[at + 1] === 0x75 ? hexAt(layer, at + 2, 4) : undefined;
  return unit === undefined ? undefined : { size: 6, character: unit };
}

function backslashAt(layer: Layer, at: number): Escape | undefined {
  const next = layer.bytes[at + 1];
  if (next === undefined || at + 1 >= layer.length || layer.isEllipsis(at + 1)) return undefined;
  if (next === 0x75) return unicodeAt(layer, at);
  if (next === 0x78) {
    const value = hexAt(layer, at + 2, 2);
    return value === undefined ? undefined : { size: 4, byte: value };
  }
  return { size: 2, byte: CONTROLS.get(next) ?? next };
}

const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

function unicodeAt(layer: Layer, at: number): Escape | undefined {
  const { bytes } = layer;
  if (bytes[at + 2] === 0x7b) {
    const end = bytes.subarray(at + 3, at + 10).indexOf(0x7d);
    const code = end < 1 ? undefined : hexAt(layer, at + 3, end);
    return code === undefined || code > 0x10ffff ? undefined : { size: end + 4, character: code };
  }
  const unit = hexAt(layer, at + 2, 4);
  if (unit === undefined) return undefined;
  const isHigh = unit >= 0xd800 && unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75;
  const low = isHigh ? hexAt(layer, at + 8, 4) : undefined;
  if (low === undefined || low < 0xdc00 || low > 0xdfff) return { size: 6, character: unit };
  return { size: 12, character: 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00) };
}

/**
 * Reads a character reference (HTML, section 13.2.5.72): decimal, hexadecimal, or the name of an ASCII character. The
 * semicolon is optional.
 */
function referenceAt(layer: Layer, at: number, isCut: boolean): Escape | undefined {
  const first = layer.bytes[at + 1] ?? 0;
  // Most ampersands do not begin a reference.
  if (first !== NUMBER_SIGN && (first < 0x41 || first > 0x7a)) return undefined;
  const text = String.fromCharCode(...layer.bytes.subarray(at + 1, Math.min(at + 1 + LONGEST_REFERENCE, layer.length)));
  const [written, hex, decimal, name] = REFERENCE.exec(text) ?? [];
  if (written === undefined) return undefined;
  const size = written.length + 1;
  // A number without a semicolon may have been longer before it was truncated.
  const isLast = (isCut && at + size === layer.length) || layer.isEllipsis(at + size);
  if (isLast && !written.endsWith(';')) return { size };
  if (name !== undefined) {
    const character = NAMED.get(name);
    return character === undefined ? undefined : { size, character };
  }
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0x10ffff ? undefined : { size, character: code };
}

const LONGEST_REFERENCE = 12;
const REFERENCE = /^(?:#[xX]([0-9a-fA-F]{1,7});?|#([0-9]{1,8});?|([A-Za-z]{2,8});)/;

/** HTML's names of the printable ASCII characters that are not letters or digits. */
const NAMED: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '\t': 'Tab',
    '\n': 'NewLine',
    ' ': 'nbsp',
    '!': 'excl',
    '"': 'quot QUOT',
    '#': 'num',
    $: 'dollar',
    '%': 'percnt',
    '&': 'amp AMP',
    "'": 'apos',
    '(': 'lpar',
    ')': 'rpar',
    '*': 'ast midast',
    '+': 'plus',
    ',': 'comma',
    '.': 'period',
    '/': 'sol',
    ':': 'colon',
    ';': 'semi',
    '<': 'lt LT',
    '=': 'equals',
    '>': 'gt GT',
    '?': 'quest',
    '@': 'commat',
    '[': 'lsqb lbrack',
    '\\': 'bsol',
    ']': 'rsqb rbrack',
    '^': 'Hat',
    _: 'lowbar UnderBar',
    '`': 'grave',
    '{': 'lcub lbrace',
    '|': 'verbar vert VerticalLine',
    '}': 'rcub rbrace',
  }).flatMap(([character, names]) => names.split(' ').map(name => [name, character.charCodeAt(0)] as const)),
);

const LONGEST_CUT = 10;

/** Reads the beginning of an escape that an ellipsis or the end of the text follows. */
function cutEscapeAt(layer: Layer, at: number): Escape | undefined {
  for (let size = 1; size <= LONGEST_CUT; size += 1) {
    if (at + size === layer.length || layer.isEllipsis(at + size)) return { size };
    const next = layer.bytes[at + size] ?? 0;
    const isPart = next === NUMBER_SIGN || next === 0x7b || (BASE64_DIGITS[next] ?? NONE) < SKIPPED;
    if (!isPart) return undefined;
  }
  return undefined;
}

function hexAt({ bytes, length }: Layer, at: number, digits: number): number | undefined {
  if (at + digits > length) return undefined;
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const digit = HEX_VALUES[bytes[index] ?? 0] ?? NONE;
    if (digit >= SKIPPED) return undefined;
    value = value * 16 + digit;
  }
  return value;
}

/**
 * Returns a decoding of every run of digits. The first `skipped` digits of each run are left out, because the run may begin
 * with letters of another word. White space inside a run is ignored, as in base64 that is wrapped in lines. A zero byte, or
 * an ellipsis, separates two runs.
 */
function digitDecoding(values: Uint8Array, bits: 4 | 6, skipped: number): Decoding {
  return (layer, out, { shortest, shortestCut, isCut: isTextCut }) => {
    const { bytes, starts, ends, length } = layer;
    out.length = 0;
    let runStart = 0;
    let seen = 0;
    let value = 0;
    let bitCount = 0;
    let previous = 0;
    let last = 0;
    for (let at = 0; at < length; at += 1) {
      const digit = values[bytes[at] ?? 0] ?? NONE;
      if (digit < SKIPPED) {
        seen += 1;
        if (seen <= skipped) continue;
        value = ((value << bits) | digit) & 0xffff;
        bitCount += bits;
        last = ends[at] ?? 0;
        if (bitCount >= 8) {
          bitCount -= 8;
          out.push((value >> bitCount) & 0xff, previous, last);
        }
        previous = starts[at] ?? 0;
      } else if (digit === NONE && seen > 0) {
        const isCut = layer.isEllipsis(at);
        if (out.length - runStart < (isCut ? shortestCut : shortest)) out.length = runStart;
        else endRun(layer, at, isCut, last, out);
        runStart = out.length;
        seen = 0;
        value = 0;
        bitCount = 0;
      }
    }
    if (out.length - runStart < (isTextCut ? shortestCut : shortest)) out.length = runStart;
    else if (seen > 0) out.extend(ends[length - 1] ?? last);
    return out.length > 0;
  };
}

function endRun(layer: Layer, at: number, isCut: boolean, last: number, out: Layer): void {
  const start = layer.starts[at] ?? 0;
  // The bits left over before an ellipsis, less than a byte, belong to the last byte.
  out.extend(isCut ? start : last);
  if (isCut) for (const byte of [0xe2, 0x80, 0xa6]) out.push(byte, start, layer.ends[at + 2] ?? start);
  else out.push(0, start, layer.ends[at] ?? start);
}

/** Value of a byte that is not a digit: it ends a run. */
const NONE = 0xff;
/** Value of a byte that is allowed between two digits. */
const SKIPPED = 0xfe;

export const IS_SPACE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 9 && byte <= 13) || byte === 0x20 ? 1 : 0,
);

function digitValues(digits: readonly (readonly [character: string, value: number])[], skipped: string): Uint8Array {
  const values = new Uint8Array(256).fill(NONE);
  for (let byte = 0; byte < 256; byte += 1) if (IS_SPACE[byte] === 1) values[byte] = SKIPPED;
  for (const character of skipped) values[character.charCodeAt(0)] = SKIPPED;
  for (const [character, value] of digits) values[character.charCodeAt(0)] = value;
  return values;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Both alphabets of RFC 4648 (sections 4 and 5), also mixed. */
const BASE64_DIGITS = digitValues(
  [...[...ALPHABET].map((digit, value) => [digit, value] as const), ['+', 62], ['-', 62], ['/', 63], ['_', 63]],
  '',
);
const HEX: readonly (readonly [digit: string, value: number])[] = [...'0123456789abcdef'].flatMap((digit, value) => [
  [digit, value] as const,
  [digit.toUpperCase(), value] as const,
]);
const HEX_VALUES = digitValues(HEX, '');
/** Includes the format of fingerprints and dumps: pairs with colons, hyphens or spaces. */
const HEX_DIGITS = digitValues(HEX, ':-');

/** All decodings of a layer: for base64 and hex one for each position at which the digits may begin. */
export const DECODINGS: readonly Decoding[] = [
  decodeEscapes,
  ...[0, 1, 2, 3].map(skipped => digitDecoding(BASE64_DIGITS, 6, skipped)),
  ...[0, 1].map(skipped => digitDecoding(HEX_DIGITS, 4, skipped)),
];
