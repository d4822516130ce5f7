import type { Reply } from '../reply/reply.ts';
import type { Delivery } from '../wire/delivery.ts';

/** The reply with parts of its delivery replaced. What every fault of delivery is built on. */
export function withDelivery(reply: Reply, delivery: Delivery): Reply {
  return { ...reply, delivery: { ...reply.delivery, ...delivery } };
}
