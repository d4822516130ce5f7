import type { Reply } from '../reply/reply.ts';
import { withDelivery } from './with-delivery.ts';

/**
 * Answers once the headers of the request are there, without reading its body, and closes. The client may meet a broken pipe
 * while it still writes; the answer is already there to be read. Works from the queue, not from `respond`.
 */
export function answersBeforeBody(reply: Reply): Reply {
  return withDelivery(reply, { beforeBody: true });
}
