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
