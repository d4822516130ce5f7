import { CredentialError, type JsonObject } from '@crew/core';
import { base64url } from 'jose';
import { type Algorithm, signatureBytes } from './algorithm.ts';

/** Second argument of a remote signer. */
export interface SignerContext {
  readonly algorithm: Algorithm;
  readonly keyId: string | undefined;
  /** Aborted when no caller waits for the token any more. */
  readonly signal: AbortSignal;
}

/**
 * A function that signs with a key outside this program, such as a key of a key management service (KMS). It receives the
 * bytes to sign, which are the encoded header and claims (RFC 7515, section 5.1), and returns the bytes of the signature. An
 * ECDSA signature may have the JWS form (RFC 7518, section 3.4) or the ASN.1 form that key management services return.
 *
 * @example Sign with a key on another machine
 * ```ts no-run
 * import { JwtLLM, type RemoteSigner } from '@crew/llm-jwt';
 *
 * const sign: RemoteSigner = async (bytes, { algorithm, keyId, signal }) => {
 *   const url = `https://kms.example/keys/${keyId}/sign?algorithm=${algorithm}`;
 *   const response = await fetch(url, { method: 'POST', body: Uint8Array.from(bytes), signal });
 *   if (!response.ok) throw new Error(`The KMS returned ${response.status}.`);
 *   return new Uint8Array(await response.arrayBuffer());
 * };
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   mint: { sign, algorithm: 'ES256', keyId: 'kms-key-1', issuer: 'crew', audience: 'llm-gateway' },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export type RemoteSigner = (bytes: Uint8Array, context: SignerContext) => Uint8Array | Promise<Uint8Array>;

/** Size of a signature by the smallest RSA key that is allowed (RFC 7518, section 3.3). */
const MIN_RSA_BYTES = 256;
/** DER tags (ITU-T X.690). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;

const ENCODER = new TextEncoder();

/**
 * Signs a token with a remote signer and returns it in compact form.
 *
 * @throws {CredentialError} if the signer returns something other than a signature of the algorithm.
 */
export async function signRemotely(
  sign: RemoteSigner,
  token: { readonly header: JsonObject; readonly payload: JsonObject },
  context: SignerContext,
): Promise<string> {
  const { algorithm } = context;
  const parts = [token.header, token.payload].map(part => base64url.encode(ENCODER.encode(JSON.stringify(part))));
  const input = parts.join('.');
  const result: unknown = await sign(ENCODER.encode(input), context);
  if (!(result instanceof Uint8Array)) throw new CredentialError('jwt: sign did not return bytes (a Uint8Array).');
  const length = signatureBytes(algorithm);
  const signature = length !== undefined && algorithm.startsWith('ES') ? toJwsSignature(result, length) : result;
  if (
    signature === undefined ||
    (length === undefined ? signature.length < MIN_RSA_BYTES : signature.length !== length)
  ) {
    throw new CredentialError(`jwt: sign returned ${result.length} bytes, which are not a signature by ${algorithm}.`);
  }
  return `${input}.${base64url.encode(signature)}`;
}

/**
 * Converts an ECDSA signature to the JWS form: two numbers, each padded to half the length (RFC 7518, section 3.4). Accepts
 * that form and the ASN.1 sequence of two integers (RFC 3279, section 2.2.3). Returns `undefined` for anything else.
 */
function toJwsSignature(signature: Uint8Array, length: number): Uint8Array | undefined {
  if (signature.length === length) return signature;
  const body = derContent(signature, 0, SEQUENCE);
  if (body === undefined || body.end !== signature.length) return undefined;
  const r = derContent(signature, body.start, INTEGER);
  const s = r && derContent(signature, r.end, INTEGER);
  if (r === undefined || s === undefined || s.end !== body.end) return undefined;
  const joined = new Uint8Array(length);
  const fits = [r, s].every(({ start, end }, index) => {
    const number = stripLeadingZeros(signature.subarray(start, end));
    if (number.length > length / 2) return false;
    joined.set(number, ((index + 1) * length) / 2 - number.length);
    return true;
  });
  return fits ? joined : undefined;
}

/** Returns the position of the content of the DER value with this tag. Lengths over 255 do not occur. */
function derContent(
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

function stripLeadingZeros(number: Uint8Array): Uint8Array {
  const first = number.findIndex(byte => byte !== 0);
  return first === -1 ? number.subarray(number.length) : number.subarray(first);
}
