import { CredentialError } from '@crew/core';
import { type ManualClock, manualClock } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { type ObtainedCredential, RenewingCredential } from '../src/adapter.ts';

const forever = new AbortController().signal;
const HOUR = 3_600_000;

interface Source {
  asked: number;
  readonly refused: (string | undefined)[];
  readonly answers: (() => Promise<ObtainedCredential<string>>)[];
  readonly credential: RenewingCredential<string>;
}

/** A credential of `token-1`, `token-2`, ... each valid for `life` milliseconds. */
function tokens(clock: ManualClock, life: number): Source {
  const answers: (() => Promise<ObtainedCredential<string>>)[] = [];
  const refused: (string | undefined)[] = [];
  const made: Source = {
    asked: 0,
    refused,
    answers,
    credential: new RenewingCredential({
      clock,
      obtain: async context => {
        made.asked += 1;
        refused.push(context.refused);
        const answer = answers.shift();
        return answer === undefined ? { value: `token-${made.asked}`, expiresAt: clock.wall() + life } : answer();
      },
    }),
  };
  return made;
}

async function settled(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
}

describe('early renewal of a RenewingCredential', () => {
  it.each([
    ['an hour: 5 minutes before its end', HOUR, HOUR - 300_000],
    ['ten minutes: a minute before', 600_000, 540_000],
    ['two minutes: 30 seconds before', 120_000, 90_000],
    ['20 seconds: half its life before', 20_000, 10_000],
  ])('renews a token of %s in the background', async (_what, life, due) => {
    const clock = manualClock();
    const source = tokens(clock, life);
    await source.credential.get(forever);
    await clock.advance(due - 1);
    expect(source.credential.fresh()).toBe('token-1');
    expect(source.asked).toBe(1);
    // The window is shortened at random by up to a tenth.
    await clock.advance(0.1 * (life - due) + 1);
    expect(source.credential.fresh()).toBe('token-1');
    await settled();
    expect(source.credential.fresh()).toBe('token-2');
    expect(source.asked).toBe(2);
  });

  it('uses the renewal time that the server specified', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    const expiresAt = clock.wall() + HOUR;
    source.answers.push(async () => ({ value: 'token-1', expiresAt, renewAfter: expiresAt - HOUR / 2 }));
    await source.credential.get(forever);
    await clock.advance(HOUR / 2 - 1);
    source.credential.fresh();
    expect(source.asked).toBe(1);
    await clock.advance(1);
    source.credential.fresh();
    expect(source.asked).toBe(2);
  });

  it('never returns a token that is about to expire', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    await clock.advance(HOUR - 10_000);
    expect(source.credential.fresh()).toBeUndefined();
    expect(await source.credential.get(forever)).toBe('token-2');
  });

  it('keeps the old value when an early renewal fails, and tries again with increasing delays', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    await clock.advance(HOUR - 300_000 + 30_000);
    source.answers.push(...Array.from({ length: 100 }, () => () => Promise.reject(new Error('down'))));
    for (let second = 0; second < 250; second += 1) {
      expect(source.credential.fresh()).toBe('token-1');
      await settled();
      await clock.advance(1_000);
    }
    expect(source.asked).toBeGreaterThan(4);
    expect(source.asked).toBeLessThan(60);
  });

  it('delays a failed early renewal as long as its source asks', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    await clock.advance(HOUR - 270_000);
    source.answers.push(() => Promise.reject(new CredentialError('Slow down.', { retryAfter: 120 })));
    source.credential.fresh();
    await settled();
    await clock.advance(119_999);
    source.credential.fresh();
    expect(source.asked).toBe(2);
    await clock.advance(1);
    source.credential.fresh();
    expect(source.asked).toBe(3);
  });

  it('does not loop when the source returns the same token until it expires [failure 22]', async () => {
    const clock = manualClock();
    let asked = 0;
    const expiresAt = clock.wall() + HOUR;
    const credential = new RenewingCredential({
      clock,
      obtain: async () => {
        asked += 1;
        return { value: 'the one token', expiresAt };
      },
    });
    await credential.get(forever);
    for (let second = 0; second < 3_580; second += 1) {
      expect(credential.fresh()).toBe('the one token');
      await settled();
      await clock.advance(1_000);
    }
    expect(asked).toBeLessThan(20);
  });

  it('renews no credential that is not used', async () => {
    const clock = manualClock();
    const source = tokens(clock, 60_000);
    await source.credential.get(forever);
    expect(clock.sleepers).toBe(0);
    await clock.advance(HOUR);
    expect(source.asked).toBe(1);
  });
});

describe('expiry of a RenewingCredential [T45]', () => {
  it('renews when the wall clock jumps past the expiry', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    clock.jumpWall(2 * HOUR);
    expect(source.credential.fresh()).toBeUndefined();
    expect(await source.credential.get(forever)).toBe('token-2');
    expect(source.credential.fresh()).toBe('token-2');
  });

  it('expires on time although the wall clock was set back', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    clock.jumpWall(-2 * HOUR);
    await clock.advance(HOUR - 10_001);
    expect(source.credential.fresh()).toBeDefined();
    await clock.advance(300_000);
    expect(await source.credential.get(forever)).not.toBe('token-1');
  });
});

describe('RenewingCredential in an outage [T49]', () => {
  it('fails at once during the delay, and makes few requests for many callers', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    source.answers.push(...Array.from({ length: 1_000 }, () => () => Promise.reject(new Error('503'))));
    let failures = 0;
    for (let second = 0; second < 60; second += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => source.credential.get(forever)));
      failures += outcomes.filter(({ status }) => status === 'rejected').length;
      await clock.advance(1_000);
    }
    expect(failures).toBe(12_000);
    expect(source.asked).toBeLessThan(40);
    expect(source.asked).toBeGreaterThan(2);
  });

  it('reports when the next attempt is possible', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    source.answers.push(() => Promise.reject(new CredentialError('Away.', { retryAfter: 30 })));
    await expect(source.credential.get(forever)).rejects.toThrow('Away.');
    await expect(source.credential.get(forever)).rejects.toMatchObject({
      message: 'Away. (The last attempt failed. The next one is possible in 30 s.)',
      retryAfter: 30,
    });
    await clock.advance(30_000);
    expect(await source.credential.get(forever)).toBe('token-2');
  });

  it('does not repeat a terminal error for five minutes', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    source.answers.push(() => Promise.reject(new CredentialError('invalid_client', { terminal: true })));
    await expect(source.credential.get(forever)).rejects.toMatchObject({ terminal: true });
    await clock.advance(299_999);
    await expect(source.credential.get(forever)).rejects.toMatchObject({ terminal: true });
    expect(source.asked).toBe(1);
    await clock.advance(1);
    expect(await source.credential.get(forever)).toBe('token-2');
  });
});

describe('refusals of a RenewingCredential [T44]', () => {
  it('renews once for 50 refusals of the same value, and not for an old one', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    const calls = Array.from({ length: 50 }, () => {
      source.credential.refused('token-1');
      return source.credential.get(forever);
    });
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['token-2']));
    source.credential.refused('token-1');
    expect(source.credential.fresh()).toBe('token-2');
    expect(source.asked).toBe(2);
    expect(source.refused).toEqual([undefined, 'token-1']);
  });

  it('calls the source again when an active renewal returns the refused value', async () => {
    const clock = manualClock();
    const source = tokens(clock, HOUR);
    await source.credential.get(forever);
    const underWay = Promise.withResolvers<ObtainedCredential<string>>();
    source.answers.push(() => underWay.promise);
    await clock.advance(HOUR - 60_000);
    expect(source.credential.fresh()).toBe('token-1');
    source.credential.refused('token-1');
    const waiting = source.credential.get(forever);
    underWay.resolve({ value: 'token-1', expiresAt: clock.wall() + HOUR });
    expect(await waiting).toBe('token-3');
    expect(source.refused).toEqual([undefined, undefined, 'token-1']);
  });

  it('accepts the same value from a source that knows of the refusal', async () => {
    const clock = manualClock();
    const credential = new RenewingCredential({
      clock,
      obtain: async () => ({ value: 'the only one', expiresAt: undefined }),
    });
    await credential.get(forever);
    credential.refused('the only one');
    expect(credential.fresh()).toBeUndefined();
    expect(await credential.get(forever)).toBe('the only one');
  });
});
