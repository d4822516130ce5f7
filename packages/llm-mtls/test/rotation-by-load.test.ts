import { trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { createRotationSetup, peers } from './fixtures/rotation-setup.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { client, first, second, start, third, observe } = await createRotationSetup();
const DAY = 86_400_000;

describe('a certificate from load', () => {
  it('is loaded again after maxAge in the background and then used by new connections', async () => {
    await using endpoint = await start();
    const given = [first, second, third];
    const load = async () => {
      const next = given.shift() ?? third;
      return { cert: next.chain, key: next.key };
    };
    const { llm, clock, actions } = observe(endpoint, { load, maxAge: 60_000 });
    await using _llm = llm;
    await llm.call('Hi');
    await clock.advance(61_000);
    await llm.call('Hi');
    await expect.poll(() => llm.certificate?.subject).toBe('CN=second');
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=second']);
    expect(actions()).toContain('renewed');
  });

  it('is loaded again after two thirds of its life', async () => {
    await using endpoint = await start();
    let asked = 0;
    const now = Date.now();
    const long = await client({ notBefore: new Date(now), notAfter: new Date(now + 30 * DAY) });
    const load = () => {
      asked += 1;
      return { cert: long.chain, key: long.key };
    };
    const { llm, clock } = observe(endpoint, { load });
    await using _llm = llm;
    await llm.ready();
    await clock.advance(19 * DAY);
    await llm.ready();
    expect(asked).toBe(1);
    await clock.advance(2 * DAY);
    await llm.ready();
    expect(asked).toBe(2);
  });

  it('stays in use if a new one cannot be loaded or used, and the failure is reported', async () => {
    await using endpoint = await start();
    const given = [
      { cert: first.chain, key: first.key },
      { cert: second.chain, key: third.key },
    ];
    const load = () => given.shift() ?? Promise.reject(new Error('vault is sealed'));
    const { llm, clock, events, actions } = observe(endpoint, { load, maxAge: 60_000 });
    await using _llm = llm;
    await llm.call('Hi');
    await clock.advance(61_000);
    await llm.call('Hi');
    await expect.poll(actions).toContain('failed');
    expect(events.at(-1)).toMatchObject({ error: { message: expect.stringMatching(/does not fit/u) } });
    await llm.call('Hi');
    expect(new Set(peers(endpoint))).toEqual(new Set(['CN=first']));
  });
});
