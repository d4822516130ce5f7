import type { Reply } from '../reply/reply.ts';
import { withDelivery } from './with-delivery.ts';

/**
 * Resets the connection (TCP RST) after so many bytes of the response, status line and headers included; 0 is before any. HTTP/2
 * counts the bytes of the body, and 0 is before the headers.
 */
export function resetAfter(reply: Reply, bytes: number): Reply {
  return withDelivery(reply, { cut: { after: bytes, of: 'response', by: 'reset' } });
}

/** Resets the HTTP/2 stream alone (RST_STREAM, INTERNAL_ERROR) after so many bytes of the body. Over HTTP/1.1 the connection. */
export function streamResetAfter(reply: Reply, bytes: number): Reply {
  return withDelivery(reply, { cut: { after: bytes, of: 'body', by: 'stream' } });
}

/**
 * Ends the connection cleanly (FIN) after so many bytes of the body, although more were promised: in the middle of `content-length`, or
 * without the terminating chunk (with `Infinity`: that alone).
 */
export function truncated(reply: Reply, bytes: number): Reply {
  return withDelivery(reply, { cut: { after: bytes, of: 'body', by: 'end' } });
}
