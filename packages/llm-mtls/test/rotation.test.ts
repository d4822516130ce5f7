import { trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './fixtures/folder.ts';
import { pausedStream } from './fixtures/paused-stream.ts';
import { createRotationSetup, peers, writePair } from './fixtures/rotation-setup.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { first, second, start, observe } = await createRotationSetup();

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('changed files, over %s', (_, http2) => {
  it('are used by the next connection within a second without resuming a session of the old one [T54]', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start({ http2 });
    const { llm, clock, actions } = observe(endpoint, { ...writePair(folder, first), allowH2: http2 });
    await using _llm = llm;
    await llm.call('Hi');
    await llm.call('Hi');
    writePair(folder, second);
    await llm.call('Hi');
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=first', 'CN=second']);
    const before = endpoint.requests.slice(0, -1).map(({ connection }) => connection);
    expect(before).not.toContain(endpoint.requests.at(-1)?.connection);
    expect(endpoint.requests.at(-1)?.tls?.sessionReused).toBe(false);
    expect(actions()).toEqual(['renewed']);
    expect(llm.certificate?.subject).toBe('CN=second');
  });

  it('let a request in progress finish on the old connection, which is then closed', async () => {
    using folder = temporaryFolder();
    const paused = pausedStream();
    await using endpoint = await start({ http2, replies: [paused.reply] });
    const { llm, clock } = observe(endpoint, { ...writePair(folder, first), allowH2: http2 });
    await using _llm = llm;
    const parts = llm.stream('Hi')[Symbol.asyncIterator]();
    expect((await parts.next()).value).toMatchObject({ type: 'text', text: 'Hello' });
    writePair(folder, second);
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(endpoint.connections.open).toBe(2);
    paused.release();
    const rest: unknown[] = [];
    for (let part = await parts.next(); part.done !== true; part = await parts.next()) rest.push(part.value);
    expect(rest.at(-1)).toMatchObject({ type: 'finish', generation: { text: 'Hello again' } });
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
    await expect.poll(() => endpoint.connections.open).toBe(1);
  });

  it('leave the old connection open for 30 seconds at most', async () => {
    using folder = temporaryFolder();
    const paused = pausedStream();
    await using endpoint = await start({ http2, replies: [paused.reply] });
    const { llm, clock } = observe(endpoint, { ...writePair(folder, first), allowH2: http2, retry: { retries: 0 } });
    await using _llm = llm;
    const parts = llm.stream('Hi')[Symbol.asyncIterator]();
    await parts.next();
    writePair(folder, second);
    await clock.advance(1_000);
    await llm.call('Hi');
    await clock.advance(29_000);
    expect(endpoint.connections.open).toBe(2);
    const ending = parts.next().catch((error: Error) => error);
    await clock.advance(1_000);
    expect(await ending).toMatchObject({ name: expect.stringMatching(/ConnectionError|AbortError/u) });
    await expect.poll(() => endpoint.connections.open).toBe(1);
    expect(await llm.call('Hi')).toBe('Hello');
    paused.release();
  });
});
