import type { PayloadEdit, Reply, ReplyHeaders, StreamEdits } from '../reply/reply.ts';

/** Adds header fields to the reply. They replace fields of the same name. */
export function withHeaders(reply: Reply, headers: ReplyHeaders): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** Sends the reply with another media type. */
export function withContentType(reply: Reply, type: string): Reply {
  return withHeaders(reply, { 'content-type': type });
}

/**
 * Changes the JSON of a completion before it is sent. `edit` is called with the body, or with each chunk of the stream and its
 * position. Use it to reproduce the deviations of real servers: a different `id` in every chunk, tool calls without `index`, content
 * in parts, extra keys.
 *
 * @example
 * ```ts
 * import { reshaped, startEndpoint, text } from '@crew/test-endpoint';
 *
 * const reply = reshaped(text('Hi'), payload => ({ ...payload, timings: { predicted_ms: 12 } }));
 * const endpoint = await startEndpoint({ replies: [reply] });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 * console.log(await response.json()); // a completion with `timings`
 * await endpoint.close();
 * ```
 */
export function reshaped(reply: Reply, edit: PayloadEdit): Reply {
  const before = reply.reshape;
  return { ...reply, reshape: before === undefined ? edit : (payload, at) => edit(before(payload, at), at) };
}

/**
 * Ends a stream after the given number of deltas with `data: {"error": ...}`, without a finish reason and `[DONE]`. A request without
 * `stream: true` gets a 500 with the same error.
 */
export function errorMidStream(reply: Reply, afterDeltas: number, error: unknown): Reply {
  return withStream(reply, { error: { afterDeltas, error } });
}

/** Ends the stream without `data: [DONE]`. */
export function noDone(reply: Reply): Reply {
  return withStream(reply, { done: false });
}

/** Ends the lines of events with CR LF. */
export function crlf(reply: Reply): Reply {
  return withStream(reply, { lineEnd: '\r\n' });
}

/** Sends a comment line before each event, as servers do to keep a connection alive. */
export function withComments(reply: Reply, comments: readonly string[] = ['keep-alive', '']): Reply {
  return withStream(reply, { comments });
}

function withStream(reply: Reply, stream: StreamEdits): Reply {
  return { ...reply, stream: { ...reply.stream, ...stream } };
}
