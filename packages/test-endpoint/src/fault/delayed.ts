import type { Reply } from '../reply/reply.ts';
import type { Delays } from '../wire/delivery.ts';
import { withDelivery } from './with-delivery.ts';

/** Waits, in milliseconds of the server's real clock, before the headers, before the body, or between its writes. */
export function delayed(reply: Reply, delays: Delays): Reply {
  return withDelivery(reply, { delays: { ...reply.delivery?.delays, ...delays } });
}
