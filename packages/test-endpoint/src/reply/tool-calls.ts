import type { Completion, CompletionToolCall } from './completion.ts';
import type { Reply, ReplyHeaders } from './reply.ts';

export interface ToolCallsOptions extends Omit<Completion, 'toolCalls'> {
  readonly headers?: ReplyHeaders | undefined;
}

/** The model calls tools: JSON, or the equivalent stream when the request asks for one. */
export function toolCalls(calls: readonly CompletionToolCall[], options: ToolCallsOptions = {}): Reply {
  const { headers, ...completion } = options;
  return { headers, completion: { ...completion, toolCalls: calls } };
}
