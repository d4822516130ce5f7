import { type Match, search } from './search.ts';
import type { Secret } from './secret.ts';

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
