import type { Reply } from './reply.ts';

/** A redirect (RFC 9110 section 15.4), with an empty body. */
export function redirect(status: 301 | 302 | 303 | 307 | 308, location: string): Reply {
  return { status, headers: { location } };
}
