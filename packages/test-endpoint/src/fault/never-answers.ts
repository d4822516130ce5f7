import type { Reply } from '../reply/reply.ts';

/** Reads the request and never answers. */
export function neverAnswers(): Reply {
  return { delivery: { silent: true } };
}
