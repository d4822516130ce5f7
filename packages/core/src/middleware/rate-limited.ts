import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { TurnHooks } from './turn-hooks.ts';

/** Each request waits for the limiter first. */
export function rateLimited(hooks: TurnHooks, limiter: RateLimiter): TurnHooks {
  return {
    async respond(request) {
      await limiter.acquire(request.signal);
      return hooks.respond(request);
    },
    async *respondStream(request) {
      await limiter.acquire(request.signal);
      yield* hooks.respondStream(request);
    },
  };
}
