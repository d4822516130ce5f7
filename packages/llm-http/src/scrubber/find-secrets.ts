import { DECODINGS, decodeEscapes, IS_SPACE, type SearchLimits } from './decode.ts';
import { Layer, layerOf } from './layer.ts';

/** Maximum number of encodings on top of each other that are decoded. */
const DEEPEST = 4;
/** Number of characters that are searched at a time, so that memory is bounded. */
const WINDOW = 131_072;
/** Maximum number of characters that encode one byte, and minimum overlap of two stretches, in characters. */
const LARGEST_FORM = 16;
const LEAST_OVERLAP = 1_024;
/** Minimum length of the end of a secret after an ellipsis, in bytes. Servers show shorter ends on purpose. */
const SHORTEST_END = 8;

/** A range of a text, in UTF-16 code units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A search pattern: a secret in lower case and with single spaces. */
interface Pattern {
  readonly bytes: Uint8Array;
  /** Minimum number of bytes of the beginning that is recognised where a text is truncated. */
  readonly shortestPrefix: number;
  /** Failure function of the Knuth-Morris-Pratt algorithm: for each matched prefix the length of its longest border. */
  readonly borders: Uint32Array;
  readonly reversed: () => Pattern;
}

/**
 * Returns the patterns of one secret: unchanged, and with its own escapes decoded, as the text around it may be. `ignored` is
 * the number of characters at its beginning that are not secret on their own.
 */
export function patternsOf(secret: string, shortest: number, ignored = 0): readonly Pattern[] {
  const patterns: Pattern[] = [];
  let layer = layerOf(secret);
  for (let depth = 0; depth <= DEEPEST; depth += 1) {
    const fold = foldInto(layer, new Layer(layer.length));
    const bytes = fold.bytes.slice(0, fold.length);
    if (bytes.length >= shortest) patterns.push(pattern(bytes, ignored + shortest));
    const decoded = new Layer(layer.length);
    if (!decodeEscapes(layer, decoded, NO_LIMITS)) break;
    layer = decoded;
  }
  return patterns;
}

const NO_LIMITS: SearchLimits = { shortest: 0, shortestCut: 0, isCut: false };

function pattern(bytes: Uint8Array, shortestPrefix: number): Pattern {
  const borders = new Uint32Array(bytes.length);
  for (let at = 1, length = 0; at < bytes.length; at += 1) {
    while (length > 0 && bytes[at] !== bytes[length]) length = borders[length - 1] ?? 0;
    if (bytes[at] === bytes[length]) length += 1;
    borders[at] = length;
  }
  let other: Pattern | undefined;
  return { bytes, shortestPrefix, borders, reversed: () => (other ??= pattern(bytes.toReversed(), SHORTEST_END)) };
}

/**
 * Finds the secrets in a text: in any case, escaped, in base64, base64url and hex, in encodings of these, and truncated. With
 * `isCut`, the beginning of a secret at the end of the text is found too. The work is proportional to the length of the text,
 * whatever its content: each layer of encoding is decoded and searched in one pass, and there are at most four layers.
 */
export function findSecrets(text: string, patterns: readonly Pattern[], isCut: boolean): readonly Range[] {
  const longest = Math.max(0, ...patterns.map(({ bytes }) => bytes.length));
  const overlap = longest * LARGEST_FORM + LEAST_OVERLAP;
  const size = Math.max(WINDOW, 4 * overlap);
  const shortest = Math.min(...patterns.map(({ bytes }) => bytes.length));
  const shortestCut = Math.min(...patterns.map(({ shortestPrefix }) => shortestPrefix));
  const found: Range[] = [];
  for (let from = 0; ; from += size - overlap) {
    const end = Math.min(from + size, text.length);
    const layer = layerOf(text.slice(from, end));
    const isLast = isCut && end === text.length;
    const search: Search = {
      patterns,
      from,
      cutAt: isLast ? end - from : undefined,
      found,
      limits: { shortest, shortestCut, isCut: isLast },
      folded: new Layer(layer.length),
      decoded: [],
    };
    searchLayer(layer, 0, search);
    if (end === text.length) return mergeRanges(found);
  }
}

/** A search in one stretch of a text. */
interface Search {
  readonly patterns: readonly Pattern[];
  /** Index in the text at which the stretch begins. */
  readonly from: number;
  /** The end of the stretch, if the text is truncated there. */
  readonly cutAt: number | undefined;
  readonly found: Range[];
  readonly limits: SearchLimits;
  /** Buffers for a layer in lower case and for one decoded layer of each depth. */
  readonly folded: Layer;
  readonly decoded: Layer[];
}

function searchLayer(layer: Layer, depth: number, search: Search): void {
  matchLayer(foldInto(layer, search.folded), search);
  if (depth === DEEPEST) return;
  search.decoded[depth] ??= new Layer(search.folded.bytes.length);
  const decoded = search.decoded[depth];
  for (const decode of DECODINGS) {
    if (decode(layer, decoded, search.limits)) searchLayer(decoded, depth + 1, search);
  }
}

function matchLayer(layer: Layer, { patterns, from, cutAt, found }: Search): void {
  const { starts, ends, length } = layer;
  const report = (first: number, last: number): void => {
    found.push({ start: from + (starts[first] ?? 0), end: from + (ends[last] ?? 0) });
  };
  const bytes = layer.bytes.subarray(0, length);
  const isCutBehind = (at: number): boolean =>
    at + 1 === length ? cutAt !== undefined && ends[at] === cutAt : layer.isEllipsis(at + 1);
  for (const one of patterns) match(bytes, one, isCutBehind, report);
  if (!hasEllipsis(layer)) return;
  const backwards = bytes.toReversed();
  const lastOf = length - 1;
  const isCutBefore = (at: number): boolean => lastOf - at >= 3 && layer.isEllipsis(lastOf - at - 3);
  for (const one of patterns) {
    match(backwards, one.reversed(), isCutBefore, (first, last) => report(lastOf - last, lastOf - first));
  }
}

/** Reports each match of the pattern, and each of its beginning before an ellipsis. */
function match(
  bytes: Uint8Array,
  { bytes: target, shortestPrefix, borders }: Pattern,
  isCutBehind: (at: number) => boolean,
  report: (first: number, last: number) => void,
): void {
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    while (length > 0 && target[length] !== byte) length = borders[length - 1] ?? 0;
    if (target[length] === byte) length += 1;
    if (length === target.length) {
      report(at - length + 1, at);
      length = borders[length - 1] ?? 0;
    } else if (length >= shortestPrefix && isCutBehind(at)) report(at - length + 1, at);
  }
}

function hasEllipsis(layer: Layer): boolean {
  for (let at = 0; at < layer.length; at += 1) if (layer.isEllipsis(at)) return true;
  return false;
}

/**
 * Writes the layer in lower case, with each run of white space as one space. A plus sign counts as white space, because forms
 * encode spaces as plus signs (WHATWG URL, section 5.1).
 */
function foldInto({ bytes, starts, ends, length }: Layer, out: Layer): Layer {
  out.length = 0;
  let isSpace = false;
  for (let at = 0; at < length; at += 1) {
    const byte = FOLDED[bytes[at] ?? 0] ?? 0;
    const end = ends[at] ?? 0;
    if (byte === SPACE && isSpace) out.extend(end);
    else out.push(byte, starts[at] ?? 0, end);
    isSpace = byte === SPACE;
  }
  return out;
}

const SPACE = 0x20;
const PLUS = 0x2b;
const FOLDED: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === PLUS || IS_SPACE[byte] === 1) return SPACE;
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
});

function mergeRanges(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const result: Range[] = [];
  for (const { start, end } of sorted) {
    const last = result.at(-1);
    if (last === undefined || start >= last.end) result.push({ start, end });
    else if (end > last.end) result[result.length - 1] = { start: last.start, end };
  }
  return result;
}
