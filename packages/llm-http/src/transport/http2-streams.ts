/// <reference path="./undici-modules.d.ts" />
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import symbols from 'undici/lib/core/symbols.js';

/** How the answer on an HTTP/2 stream ended. */
export interface StreamState {
  /** Whether the server reset the stream before it had ended it (RFC 9113, section 8.1). */
  readonly isCut: boolean;
}

/**
 * Part of a body that is handed to an HTTP/2 stream at a time, in bytes. A whole one would be queued inside the session,
 * whose memory Node limits to 10 MB for all streams together (`maxSessionMemory`): beyond it Node itself resets streams
 * and the responses that come on them. 100 streams, the most that undici opens, queue 3.2 MB in such parts.
 */
const PART = 32_768;

/**
 * Watches the streams of a client's connection, and returns whether it is one of HTTP/2; `opened` is called with each
 * stream as it is opened. undici takes a stream that was reset with NO_ERROR or CANCEL for one that ended well, and
 * Envoy, for one, resets with NO_ERROR when it loses the server behind it. The bodies of requests are sent in parts.
 */
export function watchStreams(client: object, opened: (end: StreamState) => void): boolean {
  const session: unknown = Reflect.get(client, symbols.kHTTP2Session);
  if (!isSession(session)) return false;
  const request = session.request.bind(session);
  session.request = (...options) => {
    const stream = request(...options);
    if (stream.pending) stream.once('ready', () => keepSession(session, stream));
    else keepSession(session, stream);
    resetWhenClosed(stream);
    opened(watchEnd(stream, sendInParts(stream)));
    return stream;
  };
  return true;
}

/** Node's own object of a session by that of its stream: the registry holds the former until the latter is collected. */
const sessionHandles = new FinalizationRegistry<object>(() => undefined);

/**
 * Keeps Node's own object of the session alive for as long as that of the stream. A response head of which Node refuses
 * the rest (more than 128 fields) leaves memory of the session with the stream. A session that is collected first, as
 * when its connection ends right then, aborts the process: "Assertion failed: (current_nghttp2_memory_) == (0)".
 */
function keepSession(session: ClientHttp2Session, stream: ClientHttp2Stream): void {
  const [key] = Object.getOwnPropertySymbols(stream).filter(({ description }) => description === 'kHandle');
  if (key === undefined) return;
  const [held, owner]: unknown[] = [Reflect.get(stream, key), Reflect.get(session, key)];
  if (isObject(held) && isObject(owner)) sessionHandles.register(held, owner);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Makes `close` without a code reset the stream with CANCEL, at once. undici calls it so for a request that was aborted,
 * and destroys the stream. With NO_ERROR, Node's default, the RST_STREAM frame waits for the end of the request to be
 * written, is dropped with the stream, and the server works on for nobody.
 */
function resetWhenClosed(stream: ClientHttp2Stream): void {
  const close = stream.close.bind(stream);
  stream.close = (code = constants.NGHTTP2_CANCEL, callback) => close(code, callback);
}

/**
 * Node ends the readable side at the server's END_STREAM, and otherwise when the stream is closed already. A server may
 * answer before it has read the request; the rest of that is not sent then (RFC 9113, section 8.1).
 */
function watchEnd(stream: ClientHttp2Stream, isSent: () => boolean): StreamState {
  const end = { isCut: false };
  const push = stream.push.bind(stream);
  let isEnded = false;
  stream.push = (chunk, ...encoding) => {
    if (chunk === null && !isEnded) {
      isEnded = true;
      end.isCut = stream.closed;
      const isAnswered = !end.isCut && !isSent();
      // Not before the end has been read: it belongs to the response.
      if (isAnswered) stream.once('end', () => stream.close(constants.NGHTTP2_NO_ERROR));
    }
    return push(chunk, ...encoding);
  };
  return end;
}

/** Makes `write` hand over a long body in parts, each when the one before is on its way. Returns whether all are. */
function sendInParts(stream: ClientHttp2Stream): () => boolean {
  const write = stream.write.bind(stream);
  const end = stream.end.bind(stream);
  let rest: Uint8Array | undefined;
  let isEnding = false;
  const sendNext = (error?: Error | null): void => {
    if (rest === undefined || error || stream.destroyed || stream.closed) return;
    const part = rest.subarray(0, PART);
    rest = rest.byteLength > PART ? rest.subarray(PART) : undefined;
    write(part, sendNext);
    if (rest === undefined && isEnding) end();
  };
  // undici writes a body once, as a whole, and ends the stream.
  stream.write = (chunk: unknown, ...others: unknown[]) => {
    if (!(chunk instanceof Uint8Array) || chunk.byteLength <= PART || rest !== undefined || others.length > 0) {
      return Reflect.apply(write, stream, [chunk, ...others]);
    }
    rest = chunk;
    sendNext();
    return false;
  };
  stream.end = (...last: unknown[]) => {
    isEnding = true;
    return rest === undefined ? Reflect.apply(end, stream, last) : stream;
  };
  return () => rest === undefined;
}

function isSession(value: unknown): value is ClientHttp2Session {
  return isObject(value) && 'request' in value && typeof value.request === 'function';
}
