import { createServer } from 'node:net';
import { listen } from '../endpoint/server.ts';
import type { Reply } from '../reply/reply.ts';
import { withHeaders } from './content.ts';
import { withDelivery } from './delivery.ts';

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

/**
 * Answers once the headers of the request are there, without reading its body, and closes. The client may meet a broken pipe
 * while it still writes; the answer is already there to be read. Works from the queue, not from `respond`.
 */
export function answersBeforeBody(reply: Reply): Reply {
  return withDelivery(reply, { beforeBody: true });
}

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

/** A loopback port where nothing listens: a connection to it is refused. */
export async function refusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, '127.0.0.1');
  await new Promise(resolve => server.close(resolve));
  return port;
}
