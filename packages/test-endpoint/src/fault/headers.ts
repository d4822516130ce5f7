import type { Reply, ReplyHeaders } from '../reply/reply.ts';
import { status } from '../reply/status.ts';

/** The reply with more header fields; they replace fields of the same name. */
export function withHeaders(reply: Reply, headers: ReplyHeaders): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** The reply under another media type. */
export function withContentType(reply: Reply, type: string): Reply {
  return withHeaders(reply, { 'content-type': type });
}

/** A 200 with a header section of at least so many bytes, in fields of 1 KiB. */
export function headerBomb(bytes: number): Reply {
  const count = Math.ceil(bytes / 1024);
  const fields = Array.from({ length: count }, (_, index) => [`x-filler-${index}`, 'f'.repeat(1024)]);
  return status(200, { headers: Object.fromEntries(fields), body: {} });
}
