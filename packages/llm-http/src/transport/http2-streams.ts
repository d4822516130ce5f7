/// <reference path="./undici-modules.d.ts" />
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import symbols from 'undici/lib/core/symbols.js';

/** The state of the response on an HTTP/2 stream. */
export interface StreamState {
  /** True if the server reset the stream before the end of the response (RFC 9113, section 8.1). */
  readonly isReset: boolean;
}

/**
 * Size of the parts in which a body is written to an HTTP/2 stream, in bytes. A whole body would be queued inside the session,
 * whose memory Node limits to 10 MB for all streams (`maxSessionMemory`). Above the limit Node resets streams together with
 * their responses. 100 streams, the maximum of undici, queue 3.2 MB in parts of this size.
 */
const PART = 32_768;

/**
 * Watches the streams of a client's connection. Returns true for an HTTP/2 connection. `onStream` is called with each stream
 * when it is opened. undici treats a stream that was reset with NO_ERROR or CANCEL as complete, and Envoy, for example, resets
 * with NO_ERROR when it loses its upstream server. Request bodies are written in parts.
 */
export function watchStreams(client: object, onStream: (stream: StreamState) => void): boolean {
  const session: unknown = Reflect.get(client, symbols.kHTTP2Session);
  if (!isSession(session)) return false;
  const request = session.request.bind(session);
  session.request = (...options) => {
    const stream = request(...options);
    if (stream.pending) stream.once('ready', () => keepSession(session, stream));
    else keepSession(session, stream);
    resetWhenClosed(stream);
    onStream(watchEnd(stream, writeInParts(stream)));
    return stream;
  };
  return true;
}

/** Keeps the native handle of a session until the handle of its stream is garbage-collected. */
const sessionHandles = new FinalizationRegistry<object>(() => undefined);

/**
 * Keeps the native handle of the session alive as long as that of the stream. If Node rejects the rest of a header section
 * (more than 128 fields), the stream retains memory of the session. If the session is garbage-collected first, for example
 * because its connection ends at that moment, the process aborts: "Assertion failed: (current_nghttp2_memory_) == (0)".
 */
function keepSession(session: ClientHttp2Session, stream: ClientHttp2Stream): void {
  const [key] = Object.getOwnPropertySymbols(stream).filter(({ description }) => description === 'kHandle');
  if (key === undefined) return;
  const [streamHandle, sessionHandle]: unknown[] = [Reflect.get(stream, key), Reflect.get(session, key)];
  if (isObject(streamHandle) && isObject(sessionHandle)) sessionHandles.register(streamHandle, sessionHandle);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Makes `close` without a code reset the stream with CANCEL at once. undici calls it for an aborted request and then destroys
 * the stream. With NO_ERROR, Node's default, the RST_STREAM frame waits until the request has been written and is dropped with
 * the stream, so the server continues to work on the request.
 */
function resetWhenClosed(stream: ClientHttp2Stream): void {
  const close = stream.close.bind(stream);
  stream.close = (code = constants.NGHTTP2_CANCEL, callback) => close(code, callback);
}

/**
 * Watches the end of the response. Node ends the readable side at the server's END_STREAM, or else after the stream is closed.
 * A server may respond before it has read the request. The rest of the request is then not sent (RFC 9113, section 8.1).
 */
function watchEnd(stream: ClientHttp2Stream, isSent: () => boolean): StreamState {
  const state = { isReset: false };
  const push = stream.push.bind(stream);
  let isEnded = false;
  stream.push = (chunk, ...encoding) => {
    if (chunk === null && !isEnded) {
      isEnded = true;
      state.isReset = stream.closed;
      const isEarly = !state.isReset && !isSent();
      // Only after the end has been read, which belongs to the response.
      if (isEarly) stream.once('end', () => stream.close(constants.NGHTTP2_NO_ERROR));
    }
    return push(chunk, ...encoding);
  };
  return state;
}

/**
 * Makes `write` write a long body in parts, each when the previous one is on its way. The returned function returns true when
 * all parts have been written.
 */
function writeInParts(stream: ClientHttp2Stream): () => boolean {
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
  // undici writes a body in one call and ends the stream.
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
