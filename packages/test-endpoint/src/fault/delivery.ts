import type { Delays, Delivery, Reply, ReplyHeaders } from '../reply/reply.ts';

/**
 * Delays the reply before the headers, before the body or between the writes of the body. A delay is a time in milliseconds of real
 * time, or a function whose promise ends it.
 *
 * @example
 * ```ts
 * import { delayed, startEndpoint, text } from '@crew/test-endpoint';
 *
 * const { promise, resolve } = Promise.withResolvers<void>();
 * const endpoint = await startEndpoint({ replies: [delayed(text('Hello'), { body: () => promise })] });
 *
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 * console.log(response.status); // 200: the headers are here, the body is not
 * resolve();
 * console.log(await response.text());
 *
 * await endpoint.close();
 * ```
 */
export function delayed(reply: Reply, delays: Delays): Reply {
  return withDelivery(reply, { delays: { ...reply.delivery?.delays, ...delays } });
}

/**
 * Sends the body in writes of the given sizes (the remainder in one last write), of one size, or byte by byte. Each write is a chunk
 * of the transfer coding (RFC 9112 section 7.1), so that a parser emits exactly these pieces.
 */
export function chunked(reply: Reply, sizes: NonNullable<Delivery['sizes']>): Reply {
  return withDelivery(reply, { sizes });
}

/** Sends the body a few bytes at a time, as a slow but living server does. `everyMs` is the pause between two writes. */
export function throttled(
  reply: Reply,
  { bytesPerTick, everyMs }: { readonly bytesPerTick: number; readonly everyMs: number },
): Reply {
  return delayed(chunked(reply, bytesPerTick), { betweenChunks: everyMs });
}

/** Reads the request and never sends a response. */
export function neverAnswers(): Reply {
  return { delivery: { silent: true } };
}

/** Sends an interim response (RFC 9110 section 15.2) before the reply, such as 103 with `link` fields. */
export function withInterim(reply: Reply, status: number, headers: ReplyHeaders = {}): Reply {
  return withDelivery(reply, { interim: [...(reply.delivery?.interim ?? []), { status, headers }] });
}

/** Sends the header section in several writes, split at the given positions. HTTP/1.1 only; closes the connection afterwards. */
export function splitHead(reply: Reply, positions: NonNullable<Delivery['headSplits']>): Reply {
  return withDelivery(reply, { headSplits: positions });
}

/**
 * Replaces the header section with any string, such as a malformed one. The string includes the empty line. HTTP/1.1 only; closes the
 * connection afterwards. The reply determines the framing of the body, not the string: without a known length it is sent in chunks.
 */
export function rawHead(reply: Reply, head: string): Reply {
  return withDelivery(reply, { rawHead: head });
}

/** Returns the reply with parts of its delivery replaced. */
export function withDelivery(reply: Reply, delivery: Delivery): Reply {
  return { ...reply, delivery: { ...reply.delivery, ...delivery } };
}
