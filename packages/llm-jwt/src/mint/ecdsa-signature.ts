/**
 * An ECDSA signature as JWS wants it: the two numbers, each filled up to half the length (RFC 7518, section 3.4). Takes
 * that form, or the ASN.1 sequence of two integers (RFC 3279, section 2.2.3). `undefined` for anything else.
 */
export function ecdsaSignature(signature: Uint8Array, bytes: number): Uint8Array | undefined {
  if (signature.length === bytes) return signature;
  const body = content(signature, 0, 0x30);
  if (body === undefined || body.end !== signature.length) return undefined;
  const r = content(signature, body.start, 0x02);
  const s = r && content(signature, r.end, 0x02);
  if (r === undefined || s === undefined || s.end !== body.end) return undefined;
  const joined = new Uint8Array(bytes);
  const fits = [r, s].every(({ start, end }, index) => {
    const number = withoutZeros(signature.subarray(start, end));
    if (number.length > bytes / 2) return false;
    joined.set(number, ((index + 1) * bytes) / 2 - number.length);
    return true;
  });
  return fits ? joined : undefined;
}

/** Where the content of a DER value with this tag is. Lengths over 255 do not occur. */
function content(
  der: Uint8Array,
  at: number,
  tag: number,
): { readonly start: number; readonly end: number } | undefined {
  if (der[at] !== tag) return undefined;
  const isLong = der[at + 1] === 0x81;
  const length = der[at + (isLong ? 2 : 1)];
  const start = at + (isLong ? 3 : 2);
  if (length === undefined || (!isLong && length > 0x7f) || start + length > der.length) return undefined;
  return { start, end: start + length };
}

function withoutZeros(number: Uint8Array): Uint8Array {
  const first = number.findIndex(byte => byte !== 0);
  return first === -1 ? number.subarray(number.length) : number.subarray(first);
}
