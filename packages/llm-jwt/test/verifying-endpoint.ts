import { createPublicKey, type KeyObject } from 'node:crypto';
import type { ManualClock, RecordedRequest } from '@crew/llm-testkit';
import { type JWTVerifyOptions, jwtVerify } from 'jose';

/** The token of a request. */
export function tokenOf({ headers }: RecordedRequest): string {
  return headers['authorization']?.replace(/^Bearer /, '') ?? '';
}

/** A credential check that verifies the token's signature and claims, at the clock's time if there is one. */
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

/** What was thrown. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Waits until something is so, letting sockets work. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

/** A token as someone else makes it, unsigned but of the right shape. */
export function tokenWith(payload: object, header: object = { alg: 'HS256' }): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(payload)}.c2lnbmF0dXJl`;
}
