import { decodeJwt, decodeProtectedHeader } from 'jose';

/** No token is longer, in characters. */
const LONGEST = 65_536;

/** What can be learnt from a token without its key. */
export type TokenReading =
  | {
      /** Milliseconds since the epoch; `undefined` when the token does not say, or says what is no time. */
      readonly expiresAt: number | undefined;
    }
  | {
      /** Why it is no token that can be used; ends a sentence that begins with the token's name. Shows nothing of it. */
      readonly problem: string;
    };

/** Reads a token's expiry. Nothing is verified and nothing that it points to (`jku`, `x5u`) is fetched: that is the server's part. */
export function readToken(token: string, opaque: boolean): TokenReading {
  if (token.length > LONGEST) return { problem: `is longer than ${LONGEST} characters` };
  const parts = token.split('.').length;
  if (parts !== 3) {
    if (opaque) return { expiresAt: undefined };
    const what = parts === 5 ? 'is encrypted (JWE), so that its expiry cannot be read' : 'is no JWT';
    return { problem: `${what}: check it, or accept it as it is with opaque: true` };
  }
  try {
    // Case counts: "None" is no algorithm, and no server should take it for one.
    if (decodeProtectedHeader(token).alg?.toLowerCase() === 'none') return { problem: 'has no signature (alg "none")' };
    const { exp } = decodeJwt(token);
    return { expiresAt: typeof exp === 'number' && Number.isFinite(exp) && exp > 0 ? exp * 1000 : undefined };
  } catch {
    if (opaque) return { expiresAt: undefined };
    return { problem: 'is no JWT, though it has three parts: was it copied whole?' };
  }
}
