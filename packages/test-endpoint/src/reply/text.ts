import type { Completion } from './completion.ts';
import type { Reply, ReplyHeaders } from './reply.ts';

export interface TextOptions extends Omit<Completion, 'text'> {
  readonly headers?: ReplyHeaders | undefined;
}

/** The model says this text: JSON, or the equivalent stream when the request asks for one. */
export function text(content: string, options: TextOptions = {}): Reply {
  const { headers, ...completion } = options;
  return { headers, completion: { ...completion, text: content } };
}
