import { AbortError, ConfigurationError, RateLimiter, runToolLoop, TimeoutError } from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from './scripted-llm.ts';
import { VirtualClock } from './virtual-clock.ts';

const never = (): AbortSignal => new AbortController().signal;

describe('RateLimiter', () => {
  it('a rate limiter with a burst of 1 starts requests at an even pace, the first one at once', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 10, burst: 1, clock });
    const starts = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        await limiter.acquire(never());
        return clock.monotonic();
      }),
    );
    expect(starts).toEqual([0, 6_000, 12_000, 18_000]);
  });

  it('a rate limiter with a burst of 1 does not accumulate idle time', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 60, burst: 1, clock });
    await clock.sleep(600_000, never());
    const starts = await Promise.all(
      [1, 2, 3].map(async () => {
        await limiter.acquire(never());
        return clock.monotonic() - 600_000;
      }),
    );
    expect(starts).toEqual([0, 1_000, 2_000]);
  });

  it('a rate limiter starts a burst up to its limit at once, then one request after another [C8]', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 3, clock });
    const start = async (): Promise<number> => {
      await limiter.acquire(never());
      return clock.monotonic();
    };
    expect(await Promise.all(Array.from({ length: 6 }, start))).toEqual([0, 0, 0, 20_000, 40_000, 60_000]);
  });

  it('a rate limiter restores its burst while it is idle, and never more than it [C8]', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 60, burst: 3, clock });
    const starts = async (): Promise<readonly number[]> => {
      const now = clock.monotonic();
      const start = async (): Promise<number> => {
        await limiter.acquire(never());
        return clock.monotonic() - now;
      };
      return Promise.all(Array.from({ length: 4 }, start));
    };
    expect(await starts()).toEqual([0, 0, 0, 1_000]);
    await clock.sleep(2_000, never());
    expect(await starts()).toEqual([0, 0, 1_000, 2_000]);
    await clock.sleep(600_000, never());
    expect(await starts()).toEqual([0, 0, 0, 1_000]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2', null])(
    'a burst of %j is a ConfigurationError that names it [C8]',
    burst => {
      const construct = () => Reflect.construct(RateLimiter, [{ perMinute: 60, burst }]);
      expect(construct).toThrow(ConfigurationError);
      expect(construct).toThrow('burst must be');
    },
  );

  it('a rate limiter does not delay a request that arrives late enough', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 60, burst: 1, clock });
    await limiter.acquire(never());
    await clock.sleep(5_000, never());
    await limiter.acquire(never());
    expect(clock.monotonic()).toBe(5_000);
  });

  it('a rate limiter supports less than one request per minute', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 0.5, clock });
    await limiter.acquire(never());
    await limiter.acquire(never());
    expect(clock.monotonic()).toBe(120_000);
  });

  it('an abort ends the wait for a rate limiter, and the next request moves up', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ perMinute: 60, burst: 1, clock });
    await limiter.acquire(never());
    const controller = new AbortController();
    const second = limiter.acquire(controller.signal);
    const third = limiter.acquire(never());
    controller.abort();
    await expect(second).rejects.toThrow(AbortError);
    await third;
    expect(clock.monotonic()).toBe(1_000);
  });

  it('a rate limiter rejects with the abort reason if that is a CrewError', async () => {
    const limiter = new RateLimiter({ perMinute: 1 });
    await limiter.acquire(never());
    const controller = new AbortController();
    const waiting = limiter.acquire(controller.signal);
    const reason = new TimeoutError('too long');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(limiter.acquire(controller.signal)).rejects.toBe(reason);
  });

  it('a rate limiter keeps the rate and the order of arrival and serves every request, whenever callers arrive and leave', async () => {
    const caller = fc.record({ comes: fc.nat(5_000), leavesAfter: fc.option(fc.nat(4_000), { nil: undefined }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(caller, { maxLength: 12 }),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 1, max: 4 }),
        async (callers, rate, burst) => {
          const clock = new VirtualClock();
          const limiter = new RateLimiter({ perMinute: rate, burst, clock });
          const starts: { readonly at: number; readonly came: number }[] = [];
          await Promise.all(
            callers.map(async ({ comes, leavesAfter }) => {
              await clock.sleep(comes, never());
              const controller = new AbortController();
              const came = clock.monotonic();
              const waiting = limiter.acquire(controller.signal).then(
                () => starts.push({ at: clock.monotonic(), came }),
                error => {
                  expect(AbortError.isInstance(error) && controller.signal.aborted).toBe(true);
                },
              );
              if (leavesAfter !== undefined) {
                await clock.sleep(leavesAfter, never());
                controller.abort();
              }
              await waiting;
            }),
          );
          const interval = 60_000 / rate;
          for (const [index, { at, came }] of starts.entries()) {
            const before = starts[index - 1];
            const unburst = starts[index - burst];
            if (unburst !== undefined) expect(at - unburst.at).toBeGreaterThanOrEqual(interval - 1e-6);
            for (const [earlier, first] of starts.slice(0, index).entries()) {
              expect(index - earlier + 1).toBeLessThanOrEqual(burst + (at - first.at) / interval + 1e-6);
            }
            if (before === undefined) continue;
            expect(came).toBeGreaterThanOrEqual(before.came);
          }
          expect(starts.length).toBeGreaterThanOrEqual(
            callers.filter(({ leavesAfter }) => leavesAfter === undefined).length,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'a rate of %s requests per minute is a ConfigurationError',
    rate => {
      expect(() => new RateLimiter({ perMinute: rate })).toThrow(ConfigurationError);
    },
  );
});

it('runs that share a rate limiter keep its pace together', async () => {
  const clock = new VirtualClock();
  const rateLimiter = new RateLimiter({ perMinute: 60, burst: 1, clock });
  const starts: number[] = [];
  const answer = () => {
    starts.push(clock.monotonic());
    return 'ok';
  };
  await Promise.all(
    [1, 2, 3].map(() => runToolLoop(new ScriptedLLM([answer]), { messages: 'Go', rateLimiter, clock })),
  );
  expect(starts).toEqual([0, 1_000, 2_000]);
});
