import type { StreamEdits } from '../reply/frames.ts';
import type { Reply } from '../reply/reply.ts';

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
