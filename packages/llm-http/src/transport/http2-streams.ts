/// <reference path="./undici-modules.d.ts" />
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import symbols from 'undici/lib/core/symbols.js';

/** How the answer on an HTTP/2 stream ended. */
export interface StreamEnd {
  /** Whether the server reset the stream before it had ended it (RFC 9113, section 8.1). */
  readonly isCut: boolean;
}

/**
 * Watches the streams of a client's connection, and returns whether it is one of HTTP/2; `opened` is told of each stream
 * as it is opened. undici takes
 * a stream that was reset with NO_ERROR or CANCEL for one that ended well, and Envoy, for one, resets with NO_ERROR when it
 * loses the server behind it.
 */
export function watchStreams(client: object, opened: (end: StreamEnd) => void): boolean {
  const session: unknown = Reflect.get(client, symbols.kHTTP2Session);
  if (!isSession(session)) return false;
  const request = session.request.bind(session);
  session.request = (...options) => {
    const stream = request(...options);
    opened(watchEnd(stream));
    return stream;
  };
  return true;
}

/** Node ends the readable side at the server's END_STREAM, and otherwise when the stream is closed already. */
function watchEnd(stream: ClientHttp2Stream): StreamEnd {
  const end = { isCut: false };
  const push = stream.push.bind(stream);
  let isEnded = false;
  stream.push = (chunk, ...encoding) => {
    if (chunk === null && !isEnded) {
      isEnded = true;
      end.isCut = stream.closed;
    }
    return push(chunk, ...encoding);
  };
  return end;
}

function isSession(value: unknown): value is ClientHttp2Session {
  return typeof value === 'object' && value !== null && 'request' in value && typeof value.request === 'function';
}
