import { AbortError } from '@crew/core';
import { neverAnswers, startEndpoint, text, trackResources } from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM } from '../../src/index.ts';
import { steppedClock } from '../stepped-clock.ts';

const resources = trackResources();
afterAll(() => resources.check());

/** Maximum numbers of active turns over HTTP/1.1, and of turns started in one turn of the event loop. */
const UNDER_WAY = 1_024;
const STARTS_PER_LOOP = 64;

/** An authenticator that counts the turns that were started. */
function counter(): { readonly auth: Authenticator; readonly started: { total: number; readonly prompts: string[] } } {
  const started = { total: 0, prompts: [] as string[] };
  const auth: Authenticator = {
    name: 'counter',
    authenticate: ({ body }) => {
      started.total += 1;
      started.prompts.push(JSON.parse(new TextDecoder().decode(body)).messages[0].content);
    },
  };
  return { auth, started };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await loop();
}

/** Resolves in the next turn of the event loop. */
function loop(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

describe('concurrent calls', () => {
  it('starts calls in order, at most 64 in each turn of the event loop [X33]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const { auth, started } = counter();
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const prompts = Array.from({ length: 300 }, (_, index) => `Prompt ${index}`);
    const calls = Promise.all(prompts.map(prompt => llm.call(prompt)));
    expect(started.total).toBe(STARTS_PER_LOOP);
    let most = 0;
    for (let before = started.total; started.total < prompts.length; before = started.total) {
      await loop();
      most = Math.max(most, started.total - before);
    }
    // Between two of these observations the event loop may end one turn and begin another.
    expect(most).toBeLessThanOrEqual(2 * STARTS_PER_LOOP);
    expect(started.prompts).toEqual(prompts);
    expect(new Set(await calls)).toEqual(new Set(['Hello']));
  });

  it.each([1_500, 3_000])('encodes and authenticates only 1,024 calls while all %i wait [X33]', async calls => {
    await using endpoint = await startEndpoint({ respond: () => neverAnswers() });
    const { auth, started } = counter();
    const llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const outcomes = Promise.allSettled(Array.from({ length: calls }, () => llm.call('Hello')));
    await until(() => started.total >= UNDER_WAY);
    for (let turns = 0; turns < 10; turns += 1) await loop();
    expect(started.total).toBe(UNDER_WAY);
    await llm.close();
    for (const outcome of await outcomes) {
      if (outcome.status !== 'rejected' || !AbortError.isInstance(outcome.reason)) expect(outcome).toBeUndefined();
    }
    expect(started.total).toBe(UNDER_WAY);
  });
});

describe('queued calls', () => {
  it('ends a queued call at once when it is aborted, and starts those behind it', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const { auth, started } = counter();
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const before = Array.from({ length: STARTS_PER_LOOP }, () => llm.call('before'));
    const caller = new AbortController();
    const aborted = expect(llm.call('aborted', { signal: caller.signal })).rejects.toBeInstanceOf(AbortError);
    const after = llm.call('after');
    caller.abort();
    await aborted;
    expect(await Promise.all([...before, after])).toHaveLength(STARTS_PER_LOOP + 1);
    expect(started.prompts).not.toContain('aborted');
    expect(started.prompts.at(-1)).toBe('after');
  });

  it('counts the time in the queue as part of the total timeout', async () => {
    const { clock, advance, sleepers } = steppedClock();
    await using endpoint = await startEndpoint({ respond: () => neverAnswers() });
    const { auth, started } = counter();
    const llm = new HttpLLM({ endpoint: endpoint.url, auth, clock, timeouts: { total: 5_000 } });
    const caller = new AbortController();
    const { signal } = caller;
    const underWay = Promise.allSettled(Array.from({ length: UNDER_WAY }, () => llm.call('Hello', { signal })));
    let isOver = false;
    const last = llm.call('last').finally(() => {
      isOver = true;
    });
    const failed = expect(last).rejects.toMatchObject({ code: 'TIMEOUT', deadline: 'total' });
    await until(() => started.total === UNDER_WAY);
    advance(3_000);
    caller.abort();
    await underWay;
    await until(() => started.prompts.at(-1) === 'last');
    advance(1_999);
    await loop();
    expect(isOver).toBe(false);
    advance(1);
    await failed;
    await llm.close();
    expect(sleepers()).toBe(0);
  });

  it('ends a queued call at its total timeout with a TimeoutError that explains the wait', async () => {
    const { clock, advance, sleepers } = steppedClock();
    await using endpoint = await startEndpoint({ respond: () => text('Hello there') });
    const llm = new HttpLLM({ endpoint: endpoint.url, clock, timeouts: { total: 5_000 } });
    const streams = Array.from({ length: UNDER_WAY }, () => llm.stream('Hello')[Symbol.asyncIterator]());
    // Whoever holds them reads no further.
    await Promise.all(streams.map(stream => stream.next()));
    const failed = expect(llm.call('late')).rejects.toThrow(
      `was not started within 5000 ms, because ${UNDER_WAY} others were active`,
    );
    advance(4_999);
    await loop();
    expect(sleepers()).toBeGreaterThan(0);
    advance(1);
    await failed;
    await Promise.all(streams.map(stream => stream.return?.()));
    expect(await llm.call('Hello')).toBe('Hello there');
    await llm.close();
    expect(sleepers()).toBe(0);
  });
});
