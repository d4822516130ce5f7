import type { Reply } from '../reply/reply.ts';
import type { Delays } from '../wire/delivery.ts';
import { withDelivery } from './with-delivery.ts';

/**
 * Waits before the headers, before the body, or between its writes: milliseconds of the server's real clock, or until the
 * promise of a function is settled.
 *
 * @example
 * const { promise, resolve } = Promise.withResolvers<void>();
 * endpoint.reply(delayed(text('Hello'), { body: () => promise }));
 */
export function delayed(reply: Reply, delays: Delays): Reply {
  return withDelivery(reply, { delays: { ...reply.delivery?.delays, ...delays } });
}
