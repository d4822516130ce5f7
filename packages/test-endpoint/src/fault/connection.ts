import { createServer } from 'node:net';
import { listen } from '../endpoint/server.ts';
import type { Reply } from '../reply/reply.ts';
import { withHeaders } from './content.ts';
import { withDelivery } from './delivery.ts';

/**
 * Resets the connection (TCP RST) after the given number of bytes of the response, including its header section; 0 resets it before
 * the first byte. Over HTTP/2 only bytes of the body are counted, and 0 resets it before the headers.
 */
export function resetAfter(reply: Reply, bytes: number): Reply {
  return withDelivery(reply, { cut: { after: bytes, of: 'response', by: 'reset' } });
}

/** Resets the HTTP/2 stream (RST_STREAM, INTERNAL_ERROR), or the HTTP/1.1 connection, after the given number of bytes of the body. */
export function streamResetAfter(reply: Reply, bytes: number): Reply {
  return withDelivery(reply, { cut: { after: bytes, of: 'body', by: 'stream' } });
}

/**
 * Closes the connection with FIN after the given number of bytes of the body, before the announced `content-length` or the
 * terminating chunk. With `Infinity` only the terminating chunk is missing.
 */
export function truncated(reply: Reply, bytes: number): Reply {
  return withDelivery(reply, { cut: { after: bytes, of: 'body', by: 'end' } });
}

/**
 * Responds as soon as the headers of the request have arrived, without reading its body, and closes the connection. The client may
 * get a broken pipe while it still writes, although the response can already be read. Takes effect for replies in the queue, not for
 * those of `respond`.
 */
export function answersBeforeBody(reply: Reply): Reply {
  return withDelivery(reply, { beforeBody: true });
}

/** Sends `connection: close` and closes the connection. */
export function connectionClose(reply: Reply): Reply {
  return withHeaders(reply, { connection: 'close' });
}

/** Sends the reply, then closes the kept-alive connection without notice after an idle time in milliseconds. */
export function closesIdleAfter(reply: Reply, milliseconds: number): Reply {
  return withDelivery(reply, { afterwards: { closeIdle: milliseconds } });
}

/**
 * Sends the reply, then closes the connection as soon as the next request arrives on it. It reproduces the race between a keep-alive
 * client and a server that closes idle connections. That request is not recorded; `endpoint.connections.dropped` counts it.
 */
export function closesOnReuse(reply: Reply): Reply {
  return withDelivery(reply, { afterwards: 'close-on-reuse' });
}

/** Sends HTTP/2 GOAWAY with the reply (RFC 9113 section 6.8), so that the client opens another connection for its next request. */
export function sendsGoAway(reply: Reply): Reply {
  return withDelivery(reply, { afterwards: 'go-away' });
}

/** Returns a loopback port on which nothing listens, so that connections to it are refused. */
export async function refusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, '127.0.0.1');
  await new Promise(resolve => server.close(resolve));
  return port;
}
