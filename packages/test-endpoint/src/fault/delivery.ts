import type { Delays, Delivery, Reply, ReplyHeaders } from '../reply/reply.ts';

/**
 * Waits before the headers, before the body, or between its writes: milliseconds of the server's real clock, or until the
 * promise of a function is settled.
 *
 * @example
 * const { promise, resolve } = Promise.withResolvers<void>();
 * endpoint.reply(delayed(text('Hello'), { body: () => promise }));
 */
export function delayed(reply: Reply, delays: Delays): Reply {
  return withDelivery(reply, { delays: { ...reply.delivery?.delays, ...delays } });
}

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

/** Reads the request and never answers. */
export function neverAnswers(): Reply {
  return { delivery: { silent: true } };
}

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

/** The reply with parts of its delivery replaced. What every fault of delivery is built on. */
export function withDelivery(reply: Reply, delivery: Delivery): Reply {
  return { ...reply, delivery: { ...reply.delivery, ...delivery } };
}
