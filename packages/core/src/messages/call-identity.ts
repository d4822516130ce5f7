/** Function names that all known servers accept. */
const VALID_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_NAME_LENGTH = 64;

/** Returns true if every known server accepts the name of a tool. */
export function isToolName(name: string): boolean {
  return VALID_NAME.test(name);
}

/**
 * Returns a name that strict servers accept in a conversation: a model can invent any name. Rows of other characters
 * become "_", and the name is shortened to 64 characters.
 */
export function validToolName(name: string): string {
  if (isToolName(name)) return name;
  const valid = name
    .slice(0, 4 * MAX_NAME_LENGTH)
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .slice(0, MAX_NAME_LENGTH);
  return /[A-Za-z0-9]/.test(valid) ? valid : 'unknown_tool';
}

/** Ids that all known servers accept: Mistral demands exactly nine letters or digits, OpenAI at most 40 characters. */
const VALID_ID = /^[A-Za-z0-9]{9}$/;
const ID_LENGTH = 9;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Returns the id of a tool call that the server did not name. Different numbers give different ids. */
export function inventedCallId(number: number): string {
  return `call${number.toString(36).padStart(ID_LENGTH - 4, '0')}`;
}

/**
 * Returns an id of a tool call that every server accepts: the id itself if it is one, otherwise nine letters and digits
 * that depend on nothing but the id, so that a call and its result keep the same id.
 */
export function validCallId(id: string): string {
  if (VALID_ID.test(id)) return id;
  // FNV-1a with two different offsets: 64 bits, of which nine digits take 53.
  let low = 0x811c9dc5;
  let high = 0x050c5d1f;
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code ^ (low >>> 13), 0x01000193);
  }
  let bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  let valid = '';
  for (let digit = 0; digit < ID_LENGTH; digit += 1) {
    valid += DIGITS.charAt(Number(bits % 62n));
    bits /= 62n;
  }
  return valid;
}
