import { createServer, type Server, type Socket } from 'node:net';
import { AbortError, TimeoutError } from '@crew/core';
import {
  delayed,
  type Endpoint,
  errorBody,
  manualClock,
  neverAnswers,
  type Reply,
  rateLimited,
  startEndpoint,
  text,
  trackResources,
} from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { RenewingCredential } from '../src/adapter.ts';
import { type Authenticator, HttpLLM } from '../src/index.ts';
import { steppedClock } from './stepped-clock.ts';

const resources = trackResources();
afterAll(() => resources.check());

/** Sends the head and the first byte of a body, and nothing more. */
const stalls = (reply: Reply): Reply => delayed({ ...reply, delivery: { sizes: [1] } }, { betweenChunks: 3_600_000 });

/** Sends the head, and nothing more. */
const headAlone = (reply: Reply): Reply => delayed(reply, { body: 3_600_000 });

/** An authenticator that reports when the header section of a response has arrived. */
function watcher(): { readonly auth: Authenticator; readonly head: Promise<void> } {
  const { promise: head, resolve } = Promise.withResolvers<void>();
  return { auth: { name: 'watcher', authenticate: () => undefined, onResponse: () => resolve() }, head };
}

/** Lets what is already settled take effect. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await new Promise(resolve => setImmediate(resolve));
}

async function requestOf(endpoint: Endpoint): Promise<void> {
  if (endpoint.requests.length === 0) await endpoint.nextRequest();
}

describe('timeouts', () => {
  it.each<[string, Reply, object, number]>([
    ['first-byte', neverAnswers(), {}, 300_000],
    ['first-byte', neverAnswers(), { timeouts: { firstByte: 5_000 } }, 5_000],
    ['idle', headAlone(text('Hello')), {}, 120_000],
    ['idle', headAlone(text('Hello')), { timeouts: { idle: 3_000 } }, 3_000],
    ['total', neverAnswers(), { timeouts: { total: 7_000 } }, 7_000],
    ['total', headAlone(text('Hello')), { timeouts: { total: 7_000 } }, 7_000],
  ])(
    'ends the call with a TimeoutError that names the deadline (%s), and closes the socket',
    async (deadline, reply, options, milliseconds) => {
      for (const stream of [false, true]) {
        const clock = manualClock();
        await using endpoint = await startEndpoint({ replies: [reply] });
        const { auth, head } = watcher();
        await using llm = new HttpLLM({ endpoint: endpoint.url, clock, auth, ...options });
        const failed = stream ? drain(llm) : llm.call('Hello');
        const outcome = expect(failed).rejects.toMatchObject({ code: 'TIMEOUT', deadline, milliseconds });
        await requestOf(endpoint);
        if (reply.delivery?.silent !== true) await head;
        await clock.advance(milliseconds - 1);
        expect(endpoint.closed()).toHaveLength(0);
        await clock.advance(1);
        await outcome;
        const [request] = endpoint.requests;
        if (request) await endpoint.whenClosed(request);
        expect(clock.sleepers).toBe(0);
      }
    },
  );

  it('applies each limit to a single wait, so that a slow but steady response succeeds', async () => {
    const { clock, advance } = steppedClock();
    const isSeen = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
    const body = async function* (): AsyncGenerator<string> {
      for (const { promise } of isSeen) {
        yield `data: ${JSON.stringify({ choices: [{ delta: { content: 'x' } }] })}\n\n`;
        await promise;
        advance(800);
      }
      yield 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
    };
    await using endpoint = await startEndpoint({
      replies: [{ headers: { 'content-type': 'text/event-stream' }, body }],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, timeouts: { idle: 1_000 } });
    let seen = 0;
    for await (const part of llm.stream('Hello')) {
      if (part.type !== 'text') continue;
      // The reader has taken the chunk and waits for the next one.
      setImmediate(() => isSeen[seen++]?.resolve());
    }
    expect(seen).toBe(6);
  });

  it.each<['first byte' | 'rest', object]>([
    ['first byte', { firstByte: 150 }],
    ['rest', { idle: 150 }],
  ])('does not count the time in which this process was suspended: the %s', async (what, timeouts) => {
    const { clock, advance } = steppedClock();
    const { auth, head } = watcher();
    const go = Promise.withResolvers<void>();
    const body = async function* (): AsyncGenerator<string> {
      if (what === 'rest') await go.promise;
      yield JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] });
    };
    await using endpoint = await startEndpoint({
      respond: async () => {
        if (what === 'first byte') await go.promise;
        return { body };
      },
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth, clock, timeouts });
    const called = llm.call('Hello');
    await requestOf(endpoint);
    if (what === 'rest') await head;
    // The alarm rings 250 ms late.
    advance(400);
    await settled();
    go.resolve();
    expect(await called).toBe('Hello');
  });

  it('ends a call in which this process is suspended again and again', async () => {
    const { clock, advance } = steppedClock();
    await using endpoint = await startEndpoint({ replies: [neverAnswers()] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, timeouts: { firstByte: 50 } });
    const outcome = expect(llm.call('Hello')).rejects.toMatchObject({ code: 'TIMEOUT', deadline: 'first-byte' });
    await requestOf(endpoint);
    for (let stalls = 0; stalls < 2; stalls += 1) {
      advance(170);
      await settled();
    }
    await outcome;
  });

  it('counts the total over all retries', async () => {
    const clock = manualClock();
    const replies = [rateLimited({ retryAfter: 4 }), rateLimited({ retryAfter: 4 }), text('too late')];
    await using endpoint = await startEndpoint({ replies });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, timeouts: { total: 7_000 } });
    const failed = llm.call('Hello', {
      callbacks: [event => event.type === 'turn-retry' && setImmediate(() => void clock.advance(event.delayMs))],
    });
    await expect(failed).rejects.toThrow(
      'It asks to wait 4 s, which is longer than the turn may still take (3000 ms).',
    );
    expect(endpoint.requests).toHaveLength(2);
  });

  it('ends a connection that is not established in time, and retries it', async () => {
    const clock = manualClock();
    await using silent = await silentServer();
    await using llm = new HttpLLM({ endpoint: `https://127.0.0.1:${silent.port}/v1`, clock, retry: { retries: 1 } });
    const failed = llm.call('Hello');
    const outcome = expect(failed).rejects.toMatchObject({
      code: 'TIMEOUT',
      deadline: 'connect',
      milliseconds: 10_000,
    });
    await silent.accepted(1);
    await clock.advance(10_000);
    await clock.advance(8_000);
    await silent.accepted(2);
    await clock.advance(10_000);
    await outcome;
    await silent.idle();
  });

  it('leaves no timer behind after a call', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ replies: [text('Hello'), text('Hello')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock });
    await llm.call('Hello');
    await drain(llm);
    expect(clock.sleepers).toBe(0);
  });
});

describe('aborting a call', () => {
  const hanging = (): Promise<never> => new Promise(() => undefined);

  it.each<[string, Authenticator]>([
    ['the connection', { name: 'slow', authenticate: () => undefined, connection: hanging }],
    ['authenticate', { name: 'slow', authenticate: hanging }],
    [
      'the credential',
      {
        name: 'slow',
        authenticate: (_request, { signal }) =>
          new RenewingCredential<string>({ obtain: hanging, clock: manualClock() }).get(signal).then(() => undefined),
      },
    ],
  ])('ends a call that waits for %s', async (_what, auth) => {
    const clock = manualClock();
    await using endpoint = await startEndpoint();
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, auth });
    await aborted(signal => llm.call('Hello', { signal }));
    await aborted(signal => llm.ready(signal));
    expect(clock.sleepers).toBe(0);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('ends a call that waits for onRefusal', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    const auth: Authenticator = { name: 'slow', authenticate: () => undefined, onRefusal: hanging };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    await aborted(
      signal => llm.call('Hello', { signal }),
      () => requestOf(endpoint),
    );
  });

  it('ends a call that is connecting, and the connection attempt', async () => {
    await using silent = await silentServer();
    await using llm = new HttpLLM({ endpoint: `https://127.0.0.1:${silent.port}/v1`, clock: manualClock() });
    await aborted(
      signal => llm.call('Hello', { signal }),
      () => silent.accepted(1),
    );
    await silent.idle();
  });

  it.each<[string, Reply]>([
    ['the answer', neverAnswers()],
    ['the rest of the answer', stalls(text('Hello'))],
  ])('ends a call that waits for %s, and closes the socket', async (_what, reply) => {
    for (const stream of [false, true]) {
      await using endpoint = await startEndpoint({ replies: [reply] });
      const { auth, head } = watcher();
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth, clock: manualClock() });
      await aborted(
        signal => (stream ? drain(llm, signal) : llm.call('Hello', { signal })),
        () => (reply.delivery?.silent === true ? requestOf(endpoint) : head),
      );
      const [request] = endpoint.requests;
      if (request) await endpoint.whenClosed(request);
    }
  });

  it('sends nothing when the signal was aborted before the call', async () => {
    await using endpoint = await startEndpoint();
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const signal = AbortSignal.abort();
    await expect(llm.call('Hello', { signal })).rejects.toBeInstanceOf(AbortError);
    await expect(llm.ready(signal)).rejects.toBeInstanceOf(AbortError);
    expect(endpoint.connections.total).toBe(0);
  });

  it("reports a TimeoutError of the caller when the caller's signal has timed out", async () => {
    await using endpoint = await startEndpoint({ replies: [neverAnswers()] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const arrived = endpoint.nextRequest();
    const controller = new AbortController();
    const failed = llm.call('Hello', { signal: controller.signal });
    // As AbortSignal.timeout() does.
    arrived.then(() => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')));
    await expect(failed).rejects.toBeInstanceOf(TimeoutError);
    await expect(failed).rejects.toMatchObject({ deadline: 'signal' });
  });

  it("leaves no listener on the caller's signal", async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const { signal } = new AbortController();
    resources.watch(signal, "the caller's signal");
    for (let call = 0; call < 20; call += 1) await llm.call('Hello', { signal });
    await drain(llm, signal);
  });
});

describe('closing an LLM', () => {
  it('ends active calls and rejects further ones', async () => {
    await using endpoint = await startEndpoint({ replies: [neverAnswers(), neverAnswers()] });
    const llm = new HttpLLM({ endpoint: endpoint.url, clock: manualClock() });
    const failed = [llm.call('Hello'), drain(llm)];
    const outcomes = failed.map(call => expect(call).rejects.toMatchObject({ code: 'ABORTED' }));
    while (endpoint.requests.length < 2) await endpoint.nextRequest();
    await llm.close();
    await Promise.all(outcomes);
    await endpoint.whenIdle();
    await expect(llm.call('Hello')).rejects.toThrow('This LLM is closed');
    await expect(llm.ready()).rejects.toThrow('This LLM is closed');
    await expect(drain(llm)).rejects.toThrow('This LLM is closed');
    await llm.close();
  });

  it('ends a call that reads the body of an error, and calls no onRefusal any more', async () => {
    for (const code of [400, 401, 429]) {
      await using endpoint = await startEndpoint({ respond: () => stalls(errorBody(code)) });
      const seen: string[] = [];
      const { auth: watching, head } = watcher();
      const auth: Authenticator = {
        ...watching,
        onRefusal: () => seen.push('refused') > 0 && false,
        close: async () => void seen.push('close'),
      };
      const llm = new HttpLLM({ endpoint: endpoint.url, auth });
      const outcome = expect(llm.call('Hello')).rejects.toBeInstanceOf(AbortError);
      await head;
      await llm.close();
      await outcome;
      expect(seen).toEqual(['close']);
    }
  });

  it('ends ready(), and releases its connections', async () => {
    const auth: Authenticator = { name: 'slow', authenticate: () => new Promise(() => undefined) };
    const llm = new HttpLLM({ endpoint: 'https://llm.example/', auth });
    const outcome = expect(llm.ready()).rejects.toBeInstanceOf(AbortError);
    await llm.close();
    await outcome;
  });

  it('ends a call that waits for a retry', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ replies: [rateLimited({ retryAfter: 30 })] });
    const llm = new HttpLLM({ endpoint: endpoint.url, clock });
    const waiting = Promise.withResolvers<void>();
    const failed = llm.call('Hello', { callbacks: [({ type }) => type === 'turn-retry' && waiting.resolve()] });
    const outcome = expect(failed).rejects.toMatchObject({ code: 'ABORTED' });
    await waiting.promise;
    await llm.close();
    await outcome;
    expect(clock.sleepers).toBe(0);
  });
});

async function drain(llm: HttpLLM, signal?: AbortSignal): Promise<void> {
  for await (const _part of llm.stream('Hello', { signal }));
}

/** Starts a call, aborts it once `ready`, and expects it to end as aborted. */
async function aborted(
  start: (signal: AbortSignal) => Promise<unknown>,
  ready: () => Promise<void> = () => new Promise(resolve => setImmediate(resolve)),
): Promise<void> {
  const caller = new AbortController();
  const outcome = expect(start(caller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  await ready();
  caller.abort();
  await outcome;
}

/** A server that accepts connections and sends nothing, so that no TLS handshake completes. */
async function silentServer() {
  const sockets = new Set<Socket>();
  let total = 0;
  const server: Server = createServer(socket => {
    total += 1;
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket))
      .resume();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await new Promise(resolve => setImmediate(resolve));
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    accepted: (count: number) => until(() => total >= count),
    idle: () => until(() => sockets.size === 0),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
