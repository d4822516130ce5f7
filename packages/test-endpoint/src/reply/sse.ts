import type { SseFrame, StreamEdits } from './frames.ts';
import type { Reply, ReplyHeaders } from './reply.ts';

export interface SseOptions extends StreamEdits {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * Server-sent events as given, also to a request that asked for none. A list is sent event by event, each ended by a blank line;
 * text or bytes are sent as they are. Nothing is added, so a list wants its own `data: [DONE]`.
 */
export function sse(events: readonly SseFrame[] | string | Uint8Array, options: SseOptions = {}): Reply {
  const { status, headers, ...stream } = options;
  if (typeof events !== 'string' && !(events instanceof Uint8Array)) return { status, headers, frames: events, stream };
  return { status, headers: { 'content-type': 'text/event-stream; charset=utf-8', ...headers }, body: events };
}
