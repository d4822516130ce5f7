import { connect, createServer, type Socket } from 'node:net';
import { ConnectionError } from '@crew/core';
import {
  connectionClose,
  createLeakHarness,
  manualClock,
  startEndpoint,
  startProxy,
  text,
  trackResources,
} from '@crew/test-endpoint';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Authenticator, HttpLLM, type HttpLLMOptions } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());
const once = { retry: { retries: 0 } };

beforeEach(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']) {
    vi.stubEnv(name, undefined);
  }
});

/** Hands connections on to a port, but for the first ones: those it only holds, as a balancer with a dead server does. */
async function startRelay(to: string, { swallows }: { readonly swallows: number }) {
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer(socket => {
    open.add(socket.on('error', () => undefined).on('close', () => open.delete(socket)));
    accepted += 1;
    if (accepted <= swallows) return void socket.resume();
    const onward = connect(Number(to), '127.0.0.1').on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return {
    port: typeof address === 'object' ? address?.port : undefined,
    accepted: () => accepted,
    whenIdle: () => until(() => open.size === 0),
    close: () => new Promise(closed => server.close(closed)),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

describe('the proxy option', () => {
  it.each<[string, (url: string, username: string, password: string) => HttpLLMOptions['proxy']]>([
    ['in its URL', (url, user, password) => withUserInfo(url, user, password)],
    ['as a URL object', (url, user, password) => new URL(withUserInfo(url, user, password))],
    ['as options', (url, username, password) => ({ url, username, password })],
    [
      'as a ready value',
      (url, user, password) => ({
        url,
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      }),
    ],
  ])('sends credentials to the proxy %s, and never to the server [T12]', async (_how, proxyOf) => {
    const [username, password] = ['crew@example', 'p:ss w/rd%'];
    await using proxy = await startProxy({ auth: { username, password } });
    for (const tls of [true, false]) {
      await using endpoint = await startEndpoint({ tls, respond: () => text('Hello') });
      await using llm = new HttpLLM({
        endpoint: endpoint.url,
        ca: endpoint.ca,
        proxy: proxyOf(proxy.url, username, password),
      });
      expect(await llm.call('Hello')).toBe('Hello');
      expect(endpoint.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    }
    expect(proxy.requests.map(({ method, status }) => [method, status])).toEqual([
      ['CONNECT', 200],
      ['CONNECT', 200],
    ]);
  });

  it('tunnels all requests, including plain http, so that the proxy cannot read them [T12]', async () => {
    await using proxy = await startProxy();
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const auth: Authenticator = {
      name: 'key',
      authenticate: request => request.setHeader('x-key', 'sk-not-for-proxies'),
    };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth, proxy: proxy.url });
    await llm.call('Hello');
    expect(proxy.requests.map(({ method }) => method)).toEqual(['CONNECT']);
    expect(JSON.stringify(proxy.requests)).not.toContain('sk-not-for-proxies');
  });

  it('supports a proxy that speaks TLS under a private authority', async () => {
    await using proxy = await startProxy({ tls: true });
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('Hello') });
    const trusting = { url: proxy.url, ca: proxy.ca };
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: trusting });
    expect(await llm.call('Hello')).toBe('Hello');
    await using wary = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: proxy.url, ...once });
    await expect(wary.call('Hello')).rejects.toBeInstanceOf(ConnectionError);
  });

  it('supports HTTP/2 and streams through the proxy', async () => {
    await using proxy = await startProxy();
    await using endpoint = await startEndpoint({ http2: true, respond: () => text('Hello there') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: proxy.url, allowH2: true });
    const parts = [];
    for await (const part of llm.stream('Hello')) parts.push(part.type);
    expect(parts).toEqual(['text', 'text', 'finish']);
    expect(endpoint.requests[0]?.http).toBe('2');
  });

  it('names the proxy that refuses a tunnel, without its password', async () => {
    const harness = createLeakHarness();
    const password = harness.sentinel('proxy password');
    await using endpoint = await startEndpoint({ tls: true });
    for (const [refuse, message, attempts] of [
      [407, 'The proxy refused the tunnel to', 1],
      [403, 'Check `proxy`.', 1],
      [502, 'The proxy refused the tunnel to', 2],
    ] as const) {
      await using proxy = await startProxy({ refuse });
      const retry = { retries: 1, baseDelay: 1 };
      const url = withUserInfo(proxy.url, 'crew', password);
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: url, retry });
      const { error } = await harness.watch(() => llm.call('Hello', { callbacks: [harness.onEvent] }));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(String(error)).toContain(message);
      expect(proxy.requests).toHaveLength(attempts);
      harness.inspect('the LLM', llm);
    }
    expect(endpoint.requests).toHaveLength(0);
    harness.assertClean();
  });

  it('reports an unreachable proxy as a connection failure', async () => {
    const proxy = await startProxy();
    await proxy.close();
    await using llm = new HttpLLM({ endpoint: 'https://api.example/v1', proxy: proxy.url, ...once });
    await expect(llm.call('Hello')).rejects.toBeInstanceOf(ConnectionError);
  });

  it.each<['the connect timeout' | 'an abort' | 'close()', string]>([
    ['the connect timeout', 'TIMEOUT'],
    ['an abort', 'ABORTED'],
    ['close()', 'ABORTED'],
  ])('closes the connection to a server behind the proxy that is silent in the handshake: %s', async (what, code) => {
    await using endpoint = await startEndpoint({ tls: true, connectionPolicy: 'silence' });
    await using proxy = await startProxy();
    const clock = manualClock();
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: proxy.url, clock, ...once });
    const caller = new AbortController();
    const outcome = expect(llm.call('Hello', { signal: caller.signal })).rejects.toMatchObject({ code });
    await until(() => endpoint.connections.total === 1);
    if (what === 'the connect timeout') await clock.advance(10_000);
    else if (what === 'an abort') caller.abort();
    else await llm.close();
    await outcome;
    await endpoint.whenIdle();
    expect(proxy.requests).toHaveLength(1);
  });

  it('retries on another connection when the proxy is silent, and leaves nothing of the first', async () => {
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('Hello') });
    await using proxy = await startProxy({ tls: true });
    const relay = await startRelay(new URL(proxy.url).port, { swallows: 1 });
    const clock = manualClock();
    await using llm = new HttpLLM({
      endpoint: endpoint.url,
      ca: endpoint.ca,
      proxy: { url: `https://localhost:${relay.port}`, ca: proxy.ca },
      clock,
      retry: { retries: 1, baseDelay: 1 },
    });
    const called = llm.call('Hello');
    await until(() => relay.accepted() === 1);
    await clock.advance(10_000);
    // The pause before the retry.
    await clock.advance(1);
    expect(await called).toBe('Hello');
    await llm.close();
    expect(relay.accepted()).toBe(2);
    await relay.whenIdle();
    await relay.close();
  });

  it('names a proxy that never responds', async () => {
    const relay = await startRelay('1', { swallows: 9 });
    const proxy = `http://localhost:${relay.port}`;
    const clock = manualClock();
    const llm = new HttpLLM({ endpoint: 'https://api.example/v1', proxy, clock, ...once });
    const outcome = expect(llm.call('Hello')).rejects.toThrow(`The proxy ${proxy} does not respond: check \`proxy\``);
    await until(() => relay.accepted() === 1);
    await clock.advance(10_000);
    await outcome;
    await llm.close();
    await relay.whenIdle();
    await relay.close();
  });

  it.each<[string, (proxy: { readonly url: string }) => string, string]>([
    ['is unreachable', () => 'http://127.0.0.1:1', 'The proxy http://127.0.0.1:1 did not open a tunnel to '],
    [
      'is unknown',
      () => 'http://user:password@proxy.invalid:3128',
      'The proxy http://proxy.invalid:3128 did not open a tunnel to ',
    ],
    [
      'does not speak HTTP',
      ({ url }) => url.replace('https:', 'http:'),
      'Check `proxy`, and that the proxy is running.',
    ],
    ['shows an unknown certificate', ({ url }) => url, "pass that authority's certificate as `proxy.ca`"],
  ])('names the proxy as the cause when it %s', async (_what, urlOf, message) => {
    await using endpoint = await startEndpoint({ tls: true });
    await using proxy = await startProxy({ tls: true });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: urlOf(proxy), ...once });
    const error = await llm.call('Hello').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('password');
  });

  it('hides the names of servers from the local resolver', async () => {
    await using endpoint = await startEndpoint({ tls: { ...{} }, respond: () => text('Hello') });
    await using proxy = await startProxy({ hosts: { 'localhost:443': `127.0.0.1:${endpoint.port}` } });
    await using llm = new HttpLLM({
      endpoint: 'https://localhost/v1/chat/completions',
      ca: endpoint.ca,
      proxy: proxy.url,
    });
    expect(await llm.call('Hello')).toBe('Hello');
    expect(proxy.requests[0]?.authority).toBe('localhost:443');
  });
});

describe('the proxy environment variables', () => {
  it('ignores the proxy variables unless they are requested [T13]', async () => {
    await using proxy = await startProxy();
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('ALL_PROXY', proxy.url);
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    await llm.call('Hello');
    expect(proxy.connections.total).toBe(0);
  });

  it('reads the proxy variables once, so that later changes have no effect [T6]', async () => {
    await using proxy = await startProxy();
    await using endpoint = await startEndpoint({ respond: () => connectionClose(text('Hello')) });
    vi.stubEnv('HTTP_PROXY', proxy.url);
    await using llm = new HttpLLM({ endpoint: endpoint.url, proxy: 'environment' });
    await llm.call('Hello');
    vi.stubEnv('NO_PROXY', '*');
    await llm.call('Hello');
    expect(proxy.requests).toHaveLength(2);
  });

  it('reads the proxy, its credentials and the hosts without a proxy from the variables', async () => {
    const [username, password] = ['crew', 'secret'];
    await using proxy = await startProxy({ auth: { username, password } });
    await using secure = await startEndpoint({ tls: true, respond: () => text('Hello') });
    await using plain = await startEndpoint({ respond: () => text('Hello') });
    vi.stubEnv('HTTP_PROXY', withUserInfo(proxy.url, username, password));
    vi.stubEnv('HTTPS_PROXY', withUserInfo(proxy.url, username, password));
    for (const endpoint of [secure, plain]) {
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, proxy: 'environment' });
      expect(await llm.call('Hello')).toBe('Hello');
    }
    expect(proxy.requests).toHaveLength(2);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    await using direct = new HttpLLM({ endpoint: secure.url, ca: secure.ca, proxy: 'environment' });
    expect(await direct.call('Hello')).toBe('Hello');
    expect(proxy.requests).toHaveLength(2);
  });
});

function withUserInfo(url: string, username: string, password: string): string {
  return url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(password)}@`);
}
