import type { PayloadEdit, Reply, ReplyHeaders, StreamEdits } from '../reply/reply.ts';

/** The reply with more header fields; they replace fields of the same name. */
export function withHeaders(reply: Reply, headers: ReplyHeaders): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** The reply under another media type. */
export function withContentType(reply: Reply, type: string): Reply {
  return withHeaders(reply, { 'content-type': type });
}

/**
 * The reply with its JSON changed: called with the body, or with each chunk of the stream and its position, before it is sent. For
 * the deviations of real servers: another `id` in every chunk, tool calls without `index`, content in parts, extra keys.
 *
 * @example
 * reshaped(text('Hi'), chunk => ({ ...chunk, timings: { predicted_ms: 12 } }));
 */
export function reshaped(reply: Reply, edit: PayloadEdit): Reply {
  const before = reply.reshape;
  return { ...reply, reshape: before === undefined ? edit : (payload, at) => edit(before(payload, at), at) };
}

/**
 * A stream that fails after so many deltas: `data: {"error": ...}` and the end, without finish reason and `[DONE]`. A request without
 * `stream: true` gets 500 with the same error.
 */
export function errorMidStream(reply: Reply, afterDeltas: number, error: unknown): Reply {
  return withStream(reply, { error: { afterDeltas, error } });
}

/** A stream that ends without `data: [DONE]`. */
export function noDone(reply: Reply): Reply {
  return withStream(reply, { done: false });
}

/** Events whose lines end in CR LF. */
export function crlf(reply: Reply): Reply {
  return withStream(reply, { lineEnd: '\r\n' });
}

/** A comment line, as servers send to keep a connection alive, before each event. */
export function withComments(reply: Reply, comments: readonly string[] = ['keep-alive', '']): Reply {
  return withStream(reply, { comments });
}

function withStream(reply: Reply, stream: StreamEdits): Reply {
  return { ...reply, stream: { ...reply.stream, ...stream } };
}
