import { createPublicKey, type KeyObject } from 'node:crypto';
import type { ManualClock, RecordedRequest } from '@crew/llm-testkit';
import { type JWTVerifyOptions, jwtVerify } from 'jose';

/** Returns the token of a request. */
export function tokenOf({ headers }: RecordedRequest): string {
  return headers['authorization']?.replace(/^Bearer /, '') ?? '';
}

/** Creates a credential check that verifies the signature and claims of the token at the time of the clock. */
export function verifying(key: KeyObject, options: JWTVerifyOptions = {}, clock?: ManualClock) {
  const verificationKey = key.type === 'private' ? createPublicKey(key) : key;
  return async (request: RecordedRequest) => {
    const currentDate = clock === undefined ? new Date() : new Date(clock.wall());
    try {
      await jwtVerify(tokenOf(request), verificationKey, { currentDate, ...options });
      return true;
    } catch (thrown) {
      const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
      return { status: 401, headers, body: { error: { message: String(thrown) } } };
    }
  };
}

/** Returns the error with which a promise rejects. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Waits until a condition is met, while sockets continue to work. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

/** Creates a token with a valid form and an invalid signature. */
export function tokenWith(payload: object, header: object = { alg: 'HS256' }): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(payload)}.c2lnbmF0dXJl`;
}
