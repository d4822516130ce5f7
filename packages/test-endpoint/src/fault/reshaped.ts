import type { PayloadEdit, Reply } from '../reply/reply.ts';

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
