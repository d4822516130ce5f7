import type { Reply } from '../reply/reply.ts';
import type { Delivery } from '../wire/delivery.ts';
import { delayed } from './delayed.ts';
import { withDelivery } from './with-delivery.ts';

/**
 * The body in writes of the given sizes (what is left over in one last write), of one size, or byte by byte. Each write is a chunk of
 * the transfer coding (RFC 9112 section 7.1), so that a parser hands the body on in exactly these pieces.
 */
export function chunked(reply: Reply, sizes: NonNullable<Delivery['sizes']>): Reply {
  return withDelivery(reply, { sizes });
}

/** The body a few bytes at a time: a peer that is alive and all but silent. */
export function dripped(
  reply: Reply,
  { bytesPerTick, everyMs }: { readonly bytesPerTick: number; readonly everyMs: number },
): Reply {
  return delayed(chunked(reply, bytesPerTick), { betweenChunks: everyMs });
}
