import type { Reply, ReplyHeaders } from './reply.ts';

/** Any JSON value as the body. */
export function json(
  value: unknown,
  options: { readonly status?: number | undefined; readonly headers?: ReplyHeaders | undefined } = {},
): Reply {
  return { ...options, json: value };
}
