import type { Reply } from '../reply/reply.ts';
import { withHeaders } from './headers.ts';
import { withDelivery } from './with-delivery.ts';

/** Says `connection: close` and closes. */
export function connectionClose(reply: Reply): Reply {
  return withHeaders(reply, { connection: 'close' });
}

/** Answers as usual, then closes the kept-alive connection, unannounced, after so many idle milliseconds. */
export function closesIdleAfter(reply: Reply, milliseconds: number): Reply {
  return withDelivery(reply, { afterwards: { closeIdle: milliseconds } });
}

/**
 * Answers as usual; the next request on the same connection finds it closed before any answer byte: the race that every
 * keep-alive client loses now and then, made certain. That request is neither recorded nor answered, only counted in
 * `endpoint.connections.dropped`.
 */
export function closesOnReuse(reply: Reply): Reply {
  return withDelivery(reply, { afterwards: 'close-on-reuse' });
}

/** Answers as usual and tells the client to use another connection for what follows: HTTP/2 GOAWAY (RFC 9113 section 6.8). */
export function goesAway(reply: Reply): Reply {
  return withDelivery(reply, { afterwards: 'go-away' });
}
