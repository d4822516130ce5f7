import type { Reply, ReplyHeaders } from '../reply/reply.ts';
import type { Delivery } from '../wire/delivery.ts';
import { withDelivery } from './with-delivery.ts';

/** An interim response (RFC 9110 section 15.2) before the reply: 102, or 103 with `link` fields, say. */
export function withInterim(reply: Reply, status: number, headers: ReplyHeaders = {}): Reply {
  return withDelivery(reply, { interim: [...(reply.delivery?.interim ?? []), { status, headers }] });
}

/** The status line and header section in several writes, split at these positions. HTTP/1.1; closes the connection afterwards. */
export function splitHead(reply: Reply, positions: NonNullable<Delivery['headSplits']>): Reply {
  return withDelivery(reply, { headSplits: positions });
}

/**
 * Replaces the status line and header section by any text, its empty line included, for instance a malformed one. HTTP/1.1; closes the
 * connection afterwards. The body is framed by the reply, not by this text: with no known length it is sent in chunks.
 */
export function rawHead(reply: Reply, head: string): Reply {
  return withDelivery(reply, { rawHead: head });
}
